// A "?" leads to its place in Help, in a tab that all of them share: by a click on it or on the link in what it says, or by Enter.
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

  // Before anybody else hears of it: a key that is pressed closes what the "?" says.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && question(event.target) && said()) open(event, said())
  }, true)
  // And a switch keeps the clicks on all that belongs to its label to itself.
  document.addEventListener("click", (event) => {
    let link = event.target.closest?.("[data-testid=stTooltipContent] a")
    // A finger opens what the "?" says and then follows the link in it.
    if (!link && event.pointerType !== "touch" && question(event.target)) link = said()
    if (!isHelp(link) || event.ctrlKey || event.metaKey || event.shiftKey) return
    open(event, link)
  }, true)
}
