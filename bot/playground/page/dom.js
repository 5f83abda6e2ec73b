// Makes elements, and brings a list of them up to date without touching those that have not changed.

/** An element. Attributes that are functions listen to an event; those that are false or null are left out. */
export function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

/** An element of an SVG picture. */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false)); // Strings become text nodes.
  return node;
}

const signatures = new WeakMap();

/**
 * Lets a container hold these items. What has the key and the signature that it had before stays the same node, so
 * that typed words, a sorted table and the focus stay; where the focus was on something new, it is put there again.
 * @param {{key: string, signature: string, draw: () => HTMLElement}[]} items
 */
export function redraw(container, items) {
  const before = new Map([...container.children].map((node) => [node.dataset.key, node]));
  const focus = container.contains(document.activeElement) ? remembered(document.activeElement) : null;
  const after = items.map((item) => kept(before.get(item.key), item) ?? drawn(item));
  for (const node of [...container.children]) if (!after.includes(node)) node.remove();
  after.forEach((node, index) => {
    if (container.children[index] !== node) container.insertBefore(node, container.children[index] ?? null);
  });
  if (focus && !container.contains(document.activeElement)) putBack(container, focus);
}

function kept(node, item) {
  return node && signatures.get(node) === item.signature ? node : null;
}

function drawn(item) {
  const node = item.draw();
  node.dataset.key = item.key;
  signatures.set(node, item.signature);
  return node;
}

function remembered(element) {
  const item = element.closest("[data-key]");
  return {
    name: element.dataset.name,
    key: item?.dataset.key,
    start: element.selectionStart,
    end: element.selectionEnd,
  };
}

/** The element of that name in the item where it was, or anywhere in the container; else the item as a whole. */
function putBack(container, { name, key, start, end }) {
  const item = [...container.children].find((node) => node.dataset.key === key);
  const named = name && `[data-name="${CSS.escape(name)}"]`;
  const found = named && (item?.querySelector(named) ?? container.querySelector(named));
  if (!found && item) item.tabIndex = -1;
  (found || item)?.focus({ preventScroll: true });
  if (found && start != null) found.setSelectionRange(start, end);
}

const notice = document.getElementById("notice");

/** Shows words that the visitor has to know, above everything else, until they are dismissed. */
export function notify(words) {
  notice.replaceChildren(
    el("p", {}, words),
    el("button", { type: "button", click: () => notice.hidePopover() }, "Dismiss"),
  );
  if (notice.matches(":popover-open")) notice.hidePopover(); // Shown anew, it is above what was opened since.
  (document.querySelector("dialog[open]:last-of-type") ?? document.body).append(notice); // All else would be inert.
  notice.showPopover();
}
