// Light or dark: as the system has it, until the button says otherwise.

import { byId } from "./dom";

const key = "theme";

function stored(): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return ""; // storage may be switched off
  }
}

function store(value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // it holds for this visit
  }
}

export function initTheme(): void {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const b = byId("theme");
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
  const show = () => {
    b.setAttribute("aria-pressed", String(isDark()));
  };
  const saved = stored();
  if (saved === "dark" || saved === "light") root.dataset.theme = saved;
  b.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    store(root.dataset.theme);
    show();
  });
  system.addEventListener("change", show);
  show();
}
