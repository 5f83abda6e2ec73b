// Talks to the playground's server: reads its state, tells it what the visitor does, hears when something has changed.

/**
 * @typedef {{id: string, name: string, tz: string, locale: string}} User
 * @typedef {{channel: string, ts: string, user: string, text: string, blocks: object[], thread_ts: string | null,
 *   ephemeral: boolean, edited: boolean, metadata: object | null,
 *   files: {name: string, size: number, url: string}[]}} Message
 * @typedef {{id: string, hash: string, title?: object, submit?: object, close?: object, blocks: object[],
 *   state: {values: Record<string, Record<string, object>>}}} View
 * @typedef {{version: number, now: string, team: string, command: string, hint: string,
 *   bot: {id: string, name: string}, users: User[], channels: {id: string, name: string}[], messages: Message[],
 *   modals: View[], home: View | null, shortcuts: {callback_id: string, name: string}[],
 *   faults: {key: string, label: string, on: boolean}[], example: string[]}} State
 */

const AGAIN = 2000; // Milliseconds until a connection is tried again that the browser has given up.
const UNREACHABLE = "The playground does not answer. Look whether it still runs in the terminal.";

/** What one user may see; null if there is no such user or no answer. @returns {Promise<State | null>} */
export async function readState(user) {
  try {
    const answer = await fetch(`/api/state?user=${encodeURIComponent(user)}`);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** Tells the server of an act, such as "click"; its answer has an `error` in words, or null. */
export async function tell(act, body) {
  try {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(`/api/${act}`, { method: "POST", headers, body: JSON.stringify(body) });
    return { error: answer.ok ? null : UNREACHABLE, ...(await answer.json()) };
  } catch {
    return { error: UNREACHABLE };
  }
}

/** Calls back with the number of each new version, and with whether the connection holds. */
export function listen(onVersion, onConnection) {
  const events = new EventSource("/api/events");
  events.onopen = () => onConnection(true);
  events.onerror = () => {
    onConnection(false);
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, AGAIN, onVersion, onConnection);
  };
  events.onmessage = (event) => onVersion(JSON.parse(event.data).version);
}
