// Gives the sliders and buttons of Plotly figures what a keyboard and a screen reader need: Plotly draws them for the mouse
// alone, and Streamlit's copy of it cannot be called from here. So a key becomes the press of the mouse that it stands for.
export default function () {
  const STEP_INSET = 10 // Plotly's own, on both ends of a slider
  const LEAPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5, Home: -Infinity, End: Infinity }

  function tell(group) {
    const told = group.__data__
    const said = {
      tabindex: 0, role: "slider", "aria-label": (told.currentvalue?.prefix ?? "").trim() || "Step",
      "aria-valuemin": 1, "aria-valuemax": told.steps.length, "aria-valuenow": told.active + 1,
      "aria-valuetext": told.steps[told.active]?.label ?? "",
    }
    for (const [name, value] of Object.entries(said)) {
      if (group.getAttribute(name) !== String(value)) group.setAttribute(name, value)
    }
  }

  function go(group, place) {
    const share = place / (group.__data__.steps.length - 1)
    const rail = group.querySelector(".slider-rail-touch-rect")
    const box = rail.getBoundingClientRect()
    const at = { clientX: box.left + STEP_INSET + share * (box.width - 2 * STEP_INSET), clientY: box.top + box.height / 2 }
    for (const kind of ["mousedown", "mouseup"]) rail.dispatchEvent(new MouseEvent(kind, { ...at, bubbles: true, cancelable: true }))
  }

  function slide(event) {
    const group = event.currentTarget
    const { active, steps } = group.__data__
    if (!(event.key in LEAPS) || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    event.stopPropagation()
    const place = Math.min(Math.max(active + LEAPS[event.key], 0), steps.length - 1)
    if (place !== active) go(group, place)
    tell(group)
  }

  function press(event) {
    if (event.key !== "Enter" && event.key !== " ") return
    event.preventDefault()
    event.currentTarget.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }))
  }

  function decorate(figure) {
    for (const group of figure.querySelectorAll(".slider-group")) {
      if (!group.__data__?.steps) continue
      if (!group.hasAttribute("role")) group.addEventListener("keydown", slide)
      tell(group)
    }
    for (const button of figure.querySelectorAll(".updatemenu-button")) {
      if (button.hasAttribute("role")) continue
      button.setAttribute("role", "button")
      button.setAttribute("tabindex", 0)
      button.setAttribute("aria-label", button.textContent === "❚❚" ? "Pause" : button.textContent.replace("▶", "").trim())
      button.addEventListener("keydown", press)
    }
  }

  const decorateAll = () => document.querySelectorAll('[class*="st-key-figure_"]').forEach(decorate)
  const observer = new MutationObserver(decorateAll)
  observer.observe(document.body, { childList: true, subtree: true })
  decorateAll()
  return () => observer.disconnect()
}
