// What both interactive figures of a report share: their data, their colours, and the way to paper.
const read = (name) => JSON.parse(document.getElementById(name).textContent)

// The colours as the page has them now; on paper they are always those of light.
function coloursOf(host) {
  const style = getComputedStyle(host)
  const names = ["normal", "anomaly", "unknown", "accent", "threshold", "muted", "grid"]
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]))
}

// Puts a component into its place; `show` draws it, again whenever the page's colours change.
function mounted(name, show) {
  const host = document.querySelector(`[data-mount=${name}]`)
  if (!host) return
  const root = host.attachShadow({ mode: "open" })
  root.append(document.getElementById(`${name}-part`).content.cloneNode(true))
  host.parentElement.classList.add("mounted")
  show(root, host)
  document.addEventListener("anomalens-theme", () => show(root, host))
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show(root, host))
}

// Before the page is printed: the figure as it stands now, as lines and letters instead of dots.
function onPaper(name, picture) {
  addEventListener("beforeprint", () => {
    const place = document.querySelector(`[data-paper=${name}]`)
    const made = picture()
    if (place && made) place.replaceChildren(document.importNode(new DOMParser().parseFromString(made, "image/svg+xml").documentElement, true))
  })
}

// Runs something while the page has the colours of paper.
function asOnPaper(run) {
  const page = document.documentElement, before = page.dataset.theme
  page.dataset.theme = "light"
  try {
    return run()
  } finally {
    page.dataset.theme = before
  }
}
