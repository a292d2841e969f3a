// Takes the rows' places as they come from the server and hands them to the map.
export default function (component) {
  const { data } = component
  if (!(data instanceof Uint8Array)) return
  Places.read(data).then((places) => {
    live.places = places
    document.dispatchEvent(new CustomEvent("anomalens-places", { detail: places.key }))
  })
}
