// Takes the run's grid as it comes from the server and hands it to the views of the page.
export default function (component) {
  const { data } = component
  if (!(data instanceof Uint8Array)) return
  Grid.read(data).then((grid) => {
    live.bytes = data.byteLength
    live.grids.clear()
    live.grids.set(grid.key, grid)
    document.dispatchEvent(new CustomEvent("anomalens-grid", { detail: grid.key }))
  })
}
