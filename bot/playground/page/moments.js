// Moments in a reader's zone: how they are shown, and which one a wall clock there means.

/** Seconds of a message's ts as a date. */
export function sentAt(ts) {
  return new Date(Number(ts) * 1000);
}

export function timeOfDay(date, user) {
  return shown(date, user, { hour: "numeric", minute: "2-digit" });
}

export function day(date, user) {
  return shown(date, user, { weekday: "long", month: "long", day: "numeric" });
}

export function dayAndTime(date, user) {
  return shown(date, user, { weekday: "short", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" });
}

function shown(date, user, parts) {
  return new Intl.DateTimeFormat(user.locale, { timeZone: user.tz, ...parts }).format(date);
}

/** When it is Monday, 9:00 in a zone for the next time after a moment. */
export function nextMonday(after, zone) {
  const today = wall(after, zone);
  const ahead = (8 - today.getUTCDay()) % 7;
  for (const days of [ahead, ahead + 7]) {
    const monday = Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() + days, 9);
    const moment = instant(monday, zone);
    if (moment > after) return moment;
  }
  throw new RangeError(zone);
}

/** What a clock on the wall of a zone shows, told as if it were UTC. */
function wall(date, zone) {
  const parts = {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  };
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", ...parts });
  const told = Object.fromEntries(format.formatToParts(date).map((part) => [part.type, Number(part.value)]));
  return new Date(Date.UTC(told.year, told.month - 1, told.day, told.hour, told.minute, told.second));
}

/** The moment at which a wall shows this; the second guess is right where the clock changed in between. */
function instant(shows, zone) {
  const first = shows - (wall(new Date(shows), zone) - shows);
  return new Date(shows - (wall(new Date(first), zone) - first));
}
