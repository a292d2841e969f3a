// Gives every Plotly figure of the page a "PNG" and an "SVG" button. The picture is drawn by the Plotly that is
// already in the page, so nothing is asked of the server or of any network.
export default function (component) {
  const formats = component.data.format
  const plot = "js-plotly-plot"

  function download(graph, format) {
    const bar = graph._fullLayout._modeBar
    const camera = bar && bar.buttons.flat().find((button) => button.name === "toImage")
    if (!camera) return
    const options = graph._context.toImageButtonOptions
    graph._context.toImageButtonOptions = { ...options, format: format.toLowerCase() }
    camera.click(graph)
    graph._context.toImageButtonOptions = options
  }

  function decorate(frame) {
    if (frame.querySelector(":scope > .figure-downloads") || !frame.querySelector("." + plot)) return
    const row = document.createElement("div")
    row.className = "figure-downloads"
    for (const format of formats) {
      const button = document.createElement("button")
      button.type = "button"
      button.textContent = format
      button.title = `Download this figure as ${format}`
      button.addEventListener("click", () => {
        const graph = frame.querySelector("." + plot)
        if (graph) download(graph, format)
      })
      row.append(button)
    }
    frame.append(row)
  }

  const decorateAll = () => document.querySelectorAll('[class*="st-key-figure_"]').forEach(decorate)
  const observer = new MutationObserver(decorateAll)
  observer.observe(document.body, { childList: true, subtree: true })
  decorateAll()
  return () => observer.disconnect()
}
