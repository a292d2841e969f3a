// The first two stops of the Tab key, seen only while they are there: over the navigation, and to the threshold.
const PLACES = [
  ["To the content", () => document.querySelector(".stMain")],
  ["To the threshold", () => document.querySelector("[class*=st-key-explore_threshold_box] input")],
]

export default function () {
  if (document.querySelector(".skip-links")) return
  const nav = Object.assign(document.createElement("nav"), { className: "skip-links", ariaLabel: "Skip" })
  for (const [words, find] of PLACES) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: words })
    button.onclick = () => {
      const place = find()
      if (!place) return
      if (place.tabIndex < 0) place.tabIndex = -1
      place.focus()
    }
    nav.append(button)
  }
  // A page without a threshold has one stop.
  nav.addEventListener("focusin", () => (nav.lastChild.hidden = !PLACES[1][1]()))
  document.body.prepend(nav)
}
