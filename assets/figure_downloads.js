// Gives every Plotly figure of the page a "PNG" and an "SVG" button. The picture is drawn by the Plotly that is
// already in the page, so nothing is asked of the server or of any network.
export default function () {
  const formats = ["PNG", "SVG"]
  const plot = "js-plotly-plot"

  function download(graph, format) {
    const bar = graph._fullLayout._modeBar
    const camera = bar && bar.buttons.flat().find((button) => button.name === "toImage")
    if (!camera) return
    const { name, ...options } = graph._context.toImageButtonOptions
    const shown = graph.layout
    // On the page the run's name stands once, above all figures; a picture goes elsewhere and carries it along.
    graph.layout = name ? signed(shown, name) : shown
    graph._context.toImageButtonOptions = { ...options, format: format.toLowerCase() }
    camera.click(graph)
    graph._context.toImageButtonOptions = { name, ...options }
    graph.layout = shown
  }

  function signed(layout, name) {
    const title = typeof layout.title === "string" ? { text: layout.title } : layout.title || {}
    const said = title.subtitle?.text
    const escaped = name.replace(/&/g, "&amp;").replace(/</g, "&lt;")
    const room = (layout.margin?.t ?? 60) + (said ? 18 : 20)
    const subtitle = { ...title.subtitle, text: said ? `${said}<br>${escaped}` : escaped }
    return { ...layout, title: { ...title, subtitle }, margin: { ...layout.margin, t: room }, height: undefined }
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
