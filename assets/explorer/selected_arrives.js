// Takes the counts of the selected rows as they come from the server; nothing is sent where nothing is selected.
export default function (component) {
  const { data } = component
  const arrived = (selected) => {
    live.selected = selected
    document.dispatchEvent(new CustomEvent("anomalens-selected"))
  }
  const turn = (live.selectedTurn = (live.selectedTurn ?? 0) + 1)
  if (!(data instanceof Uint8Array) || data.length < 5) return arrived(null)
  // A later selection may be unpacked sooner.
  Selected.read(data).then((selected) => turn === live.selectedTurn && arrived(selected))
}
