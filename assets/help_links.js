// A "?" leads to its place in Help, in a tab that all of them share: by a click on it or on the link in what it says, or by Enter.
// Milliseconds: how long a copy waits, and how long a pointer that rests is waited for.
const REST = 900
const LOOKING = 2500

export default function () {
  if (document.anomalensHelpLinks) return
  document.anomalensHelpLinks = true
  const isHelp = (link) => link && /\/help(\?|$)/.test(link.getAttribute("href") ?? "")
  const said = () => [...document.querySelectorAll("[data-testid=stTooltipContent] a")].filter(isHelp).pop()

  const question = (target) => target?.closest?.("[data-testid=stTooltipIcon] button[aria-label^=Help]")
  function open(event, link) {
    event.preventDefault()
    event.stopPropagation()
    window.open(link.href, "anomalens-help")
  }

  // What a column's heading says is gone as soon as the pointer moves towards it: a copy of it waits there for a moment.
  let seen = null, until = 0
  function look() {
    const tip = document.querySelector("[data-testid=stDataFrameTooltipContent]:not([data-help-kept] *)")
    if (tip?.querySelector("a")) seen = { tip: tip.parentElement, home: tip.closest("body > *") }
    if (performance.now() < until) requestAnimationFrame(look)
  }
  function keep({ tip, home }) {
    document.querySelector("[data-help-kept]")?.remove()
    const copy = tip.cloneNode(true)
    copy.dataset.helpKept = ""
    copy.style.pointerEvents = "auto"
    // Within what it was in, so that it looks as it did.
    home.append(copy)
    let late = setTimeout(() => copy.remove(), REST)
    copy.addEventListener("pointerenter", () => clearTimeout(late))
    copy.addEventListener("pointerleave", () => (late = setTimeout(() => copy.remove(), REST / 3)))
  }
  document.addEventListener("pointermove", (event) => {
    if (seen) (keep(seen), (seen = null))
    const resting = performance.now() < until
    until = event.target.closest?.("[data-testid=stDataFrame]") ? performance.now() + LOOKING : 0
    if (until && !resting) look()
  }, true)

  // Before anybody else hears of it: a key that is pressed closes what the "?" says.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && question(event.target) && said()) open(event, said())
  }, true)
  // And a switch keeps the clicks on all that belongs to its label to itself.
  document.addEventListener("click", (event) => {
    let link = event.target.closest?.("[data-testid=stTooltipContent] a, [data-testid=stDataFrameTooltipContent] a")
    // A finger opens what the "?" says and then follows the link in it.
    if (!link && event.pointerType !== "touch" && question(event.target)) link = said()
    if (!isHelp(link) || event.ctrlKey || event.metaKey || event.shiftKey) return
    open(event, link)
  }, true)
}
