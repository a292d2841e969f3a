// Brings the row that was chosen elsewhere on the page before the eyes that chose it; `data` is its number.
export default function (component) {
  const { data, parentElement } = component
  const here = parentElement.getRootNode().host ?? parentElement
  const first = !("shown" in here.dataset)
  if (!first && here.dataset.shown !== String(data) && data !== null) {
    const head = document.querySelector(".st-key-explore_row_head")
    const { top } = head.getBoundingClientRect()
    if (top < 0 || top > innerHeight / 2) head.scrollIntoView({ block: "start", behavior: "smooth" })
  }
  here.dataset.shown = String(data)
}
