// The buttons of a report: its colours, and its way to paper.
const themes = ["auto", "light", "dark"]
const page = document.documentElement
const button = document.querySelector("[data-do=theme]")

function setTheme(name) {
  page.dataset.theme = name
  button.textContent = { auto: "Theme: automatic", light: "Theme: light", dark: "Theme: dark" }[name]
  document.dispatchEvent(new CustomEvent("anomalens-theme"))
}

button.addEventListener("click", () => setTheme(themes[(themes.indexOf(page.dataset.theme) + 1) % themes.length]))
document.querySelector("[data-do=print]").addEventListener("click", () => print())

// The table of contents knows where the reader is.
const links = new Map([...document.querySelectorAll(".toc a")].map((link) => [link.hash.slice(1), link]))
const seen = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue
      for (const link of links.values()) link.removeAttribute("aria-current")
      links.get(entry.target.id)?.setAttribute("aria-current", "true")
    }
  },
  { rootMargin: "-10% 0px -75% 0px" },
)
for (const section of document.querySelectorAll("main > section[id]")) seen.observe(section)

// As a picture there is nothing to press; whoever takes it asks how tall the page is.
if (location.hash === "#picture") {
  page.dataset.picture = "yes"
  page.dataset.theme = "light"
  new ResizeObserver(() => (page.dataset.height = Math.ceil(page.getBoundingClientRect().height))).observe(page)
}
