// The place of the address comes into view and is marked; a link within Help is followed without loading the page again.
export default function ({ data, parentElement, setTriggerValue }) {
  const goal = `${data.topic}#${data.place}`
  const body = () => [...document.querySelectorAll(".help-body")].find((one) => one.dataset.topic === data.topic)
  const here = (place) => [...(body()?.querySelectorAll("[data-places]") ?? [])].find((one) => one.dataset.places.split(" ").includes(place))

  function show(place, tries = 40) {
    body()?.querySelectorAll(".help-here").forEach((one) => one.classList.remove("help-here"))
    const found = place ? here(place) : body()
    // The document of a new topic is there a moment later than this.
    if (!found) return void (tries && setTimeout(() => show(place, tries - 1), 50))
    if (place) found.classList.add("help-here")
    if (place) found.scrollIntoView({ block: "start" })
    else document.querySelector("[data-testid=stMain]")?.scrollTo({ top: 0 })
  }

  if (document.anomalensHelp?.goal !== goal) show(data.place)
  document.anomalensHelp?.leave()
  const follow = (event) => {
    const link = event.target.closest?.(".help a[data-topic]")
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    const { topic, place } = link.dataset
    // The same place again: the address stays, and the page goes there.
    if (`${topic}#${place}` === goal && document.querySelector(".help-found") === null) return show(place)
    setTriggerValue("go", { topic, place })
  }
  document.addEventListener("click", follow)
  const leave = () => document.removeEventListener("click", follow)
  document.anomalensHelp = { goal, leave }
  return leave
}
