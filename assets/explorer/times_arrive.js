// Takes the time line of the run as it comes from the server and hands it to the view.
export default function (component) {
  const { data } = component
  if (!(data instanceof Uint8Array)) return
  Times.read(data).then((times) => {
    live.timeBytes = data.byteLength
    live.times = times
    document.dispatchEvent(new CustomEvent("anomalens-times"))
  })
}
