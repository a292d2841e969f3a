// Sends a file to the server's own upload route while showing how far it is, and tells the page the token under which it
// arrived. The file is streamed by the browser; nothing of it passes through the page's connection to Streamlit.
export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".uploader")
  const part = (name) => root.querySelector(`[data-part=${name}]`)
  const input = part("input")
  const state = (root.state ??= { request: null })
  // The function runs again whenever the page does: only the newest of these may be called.
  state.done = (file) => setTriggerValue("uploaded", file)
  state.data = data

  part("title").textContent = data.title
  part("hint").textContent = data.hint
  input.setAttribute("aria-label", data.title)
  root.classList.toggle("small", Boolean(data.small))

  const show = (name) => (root.dataset.state = name)
  const size = (bytes) => {
    for (const [unit, scale] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]])
      if (bytes >= scale) return `${(bytes / scale).toFixed(bytes / scale < 10 ? 1 : 0)} ${unit}`
    return `${bytes} bytes`
  }
  const cookie = (name) => {
    const found = document.cookie.split("; ").find((pair) => pair.startsWith(name + "="))
    return found ? decodeURIComponent(found.slice(name.length + 1)) : ""
  }

  function fail(sentence) {
    state.request = null
    input.value = ""
    part("error").textContent = sentence
    show("failed")
  }

  function send(file) {
    const { limit, limit_words, url, ticket } = state.data
    if (file.size > limit) {
      fail(
        `“${file.name}” has ${size(file.size)}; this server accepts ${limit_words}. ` +
          "Compress it (gz, zst, zip), upload a part of it, or ask the operator to raise the limit.",
      )
      return
    }
    if (!file.size) {
      fail(`“${file.name}” is empty. Choose a file that holds data.`)
      return
    }
    const request = (state.request = new XMLHttpRequest())
    part("name").textContent = file.name
    part("bar").value = 0
    part("share").textContent = size(file.size)
    show("sending")
    part("cancel").focus()
    request.upload.onprogress = (event) => {
      const share = event.loaded / file.size
      part("bar").value = share
      part("share").textContent = `${size(event.loaded)} of ${size(file.size)} · ${Math.floor(100 * share)} %`
    }
    request.onload = () => {
      let answer = {}
      try {
        answer = JSON.parse(request.responseText)
      } catch {
        // A proxy's page instead of our answer: said below.
      }
      if (request.status !== 201) {
        fail(answer.error || `The server refused the file (status ${request.status}). Try again, or ask its operator.`)
        return
      }
      state.request = null
      input.value = ""
      part("name").textContent = answer.name
      part("share").textContent = size(answer.size)
      show("sent")
      state.done(answer)
    }
    request.onerror = () =>
      fail("The connection broke while the file was being sent. Nothing was changed; choose the file again.")
    request.onabort = () => {
      state.request = null
      input.value = ""
      show("idle")
      input.focus()
    }
    request.open("PUT", `${url}?name=${encodeURIComponent(file.name)}`)
    request.setRequestHeader("Content-Type", "application/octet-stream")
    request.setRequestHeader("X-Upload-Ticket", ticket)
    request.setRequestHeader("X-Xsrftoken", cookie("_streamlit_xsrf"))
    request.send(file)
  }

  if (!root.dataset.state) show("idle")
  if (data.arrived_name && root.dataset.state !== "sending") {
    part("name").textContent = data.arrived_name
    part("share").textContent = size(data.arrived_size)
    show("sent")
  } else if (!data.arrived_name && root.dataset.state === "sent" && data.reset !== state.reset) {
    show("idle")
  }
  state.reset = data.reset

  input.onchange = () => input.files.length && send(input.files[0])
  part("cancel").onclick = () => state.request && state.request.abort()
  root.ondragover = (event) => {
    event.preventDefault()
    if (root.dataset.state !== "sending") root.classList.add("over")
  }
  root.ondragleave = () => root.classList.remove("over")
  root.ondrop = (event) => {
    event.preventDefault()
    root.classList.remove("over")
    const file = event.dataTransfer.files[0]
    if (file && root.dataset.state !== "sending") send(file)
  }
  return () => state.request && state.request.abort()
}
