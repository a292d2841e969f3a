// Asks the server again a moment later, where it waits for a worker: `data` counts how often it was asked.
const PAUSE_MS = 400

export default function (component) {
  const { data, setTriggerValue } = component
  const timer = setTimeout(() => setTriggerValue("look", data + 1), PAUSE_MS)
  return () => clearTimeout(timer)
}
