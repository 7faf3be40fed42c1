// The tools: in the bar, or with the people where the bar is too narrow for more than the room's name.

import { find, put, speak } from "./dom.js";

const tools = find("tools", HTMLElement);
const theme = find("theme", HTMLButtonElement);
const copy = find("copy", HTMLButtonElement);
/** As in the style sheet. */
const narrow = matchMedia("(max-width: 47.99rem)");
const THEMES = ["system", "light", "dark"];

function place() {
  if (narrow.matches) find("people-hint", HTMLElement).before(tools);
  else find("people-button", HTMLElement).before(tools);
  // In the bar the picture is enough to see, and in both the words are heard.
  find("theme-text", HTMLElement).classList.toggle("sr", !narrow.matches);
}
narrow.onchange = place;
place();

function showTheme() {
  const words = `Theme: ${document.documentElement.dataset.theme ?? "system"}`;
  put("theme-text", words);
  theme.title = words;
  return words;
}
showTheme();

theme.onclick = () => {
  const now = THEMES.indexOf(document.documentElement.dataset.theme ?? "system");
  const next = THEMES[(now + 1) % THEMES.length] ?? "system";
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  keep(next);
  speak(showTheme());
};

function keep(/** @type {string} */ theme) {
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // Storage may be forbidden; the theme is this page's, then.
  }
}

copy.onclick = async () => {
  const copied = await write(location.href);
  put("copy-text", copied ? "Copied" : "Copy link");
  speak(copied ? "The room’s link is copied." : "Copying is not allowed here; the address bar has the link.");
  copy.classList.toggle("done", copied);
  setTimeout(() => {
    put("copy-text", "Copy link");
    copy.classList.remove("done");
  }, 2000);
};

/** @returns {Promise<boolean>} */
async function write(/** @type {string} */ address) {
  try {
    await navigator.clipboard.writeText(address);
    return true;
  } catch {
    return false;
  }
}
