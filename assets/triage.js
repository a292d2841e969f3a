// Takes verdicts by mouse or by keys. What was said stands there at once; the server is told, and the next row follows.
// Nothing is taken until then: nobody judges a row that is not yet before their eyes.
const NAME = "anomalens-author"
const KEYS = { a: "anomaly", n: "normal", u: "unsure", j: "next", k: "back", z: "undo" }
const WORDS = { anomaly: "an anomaly", normal: "normal", unsure: "unsure" }
const PATIENCE = 6000

function remembered() {
  try {
    return localStorage.getItem(NAME) || ""
  } catch {
    return "" // a browser that keeps nothing asks again
  }
}

function remember(name) {
  try {
    localStorage.setItem(NAME, name)
  } catch {
    // Kept for this visit alone.
  }
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".triage")
  const part = (name) => root.querySelector(`[data-part=${name}]`)
  const state = (root.state ??= { turn: data.turn, sent: 0, waiting: null, name: remembered() || data.author })
  // The function runs again whenever the page does: only the newest of these may be called.
  state.send = (message) => setTriggerValue("said", message)
  state.data = data
  for (const [name, colour] of Object.entries(data.colours)) root.style.setProperty(`--${name}`, colour)

  const busy = () => state.turn > state.data.turn && performance.now() - state.sent < PATIENCE

  function send(kind, more = {}) {
    state.turn = Math.max(state.turn, state.data.turn) + 1
    state.sent = performance.now()
    state.send({ turn: state.turn, kind, row: state.data.row, author: state.name, ...more })
    root.toggleAttribute("data-busy", true)
  }

  function ask(pending) {
    state.pending = pending
    part("who").hidden = false
    part("as").hidden = true
    part("said").textContent = pending ? `Who says that it is ${WORDS[pending]}? Type your name and press Enter; it is asked for once.` : ""
    part("name").value = state.name
    part("name").focus()
  }

  function say(verdict) {
    if (busy() || state.data.row === null) return
    if (!state.name) return ask(verdict)
    const comment = part("comment").value, tag = part("tag").value
    const noun = state.data.noun
    part("said").textContent = `${noun[0].toUpperCase()}${noun.slice(1)} ${state.data.row.toLocaleString("en")} is ${WORDS[verdict]}${tag ? `, ${tag}` : ""}. Z takes it back.`
    part("comment").value = part("tag").value = ""
    send("verdict", { verdict, comment, tag })
  }

  function act(what) {
    if (busy()) return
    if (what === "rename") return ask(null)
    if (what === "undo") part("said").textContent = ""
    if (what === "undo" && !state.name) return ask(null)
    send(what)
  }

  function show() {
    root.querySelector(".verdicts").setAttribute("aria-label", `What is this ${state.data.noun}?`)
    part("author").textContent = state.name
    part("as").hidden = !state.name || !part("who").hidden
    if (!state.name && part("who").hidden) part("who").hidden = false
    for (const button of root.querySelectorAll("[data-say]")) {
      button.disabled = state.data.row === null
      button.setAttribute("aria-pressed", String(button.dataset.say === state.data.verdict))
    }
    root.querySelector("[data-do=back]").disabled = !state.data.back
    root.querySelector("[data-do=undo]").disabled = !state.data.undo
    part("tags").replaceChildren(...state.data.tags.map((tag) => Object.assign(document.createElement("option"), { value: tag })))
    if (!busy()) root.removeAttribute("data-busy")
  }

  if (!root.dataset.ready) {
    part("who").hidden = Boolean(state.name)
    root.dataset.ready = "true"
  }
  if (data.problem && data.turn >= state.turn) part("said").textContent = data.problem
  else if (data.message && data.turn >= state.turn) part("said").textContent = data.message
  show()
  // The session does not know yet who this browser's person is.
  if (state.name && state.name !== data.author && !busy()) send("name")

  root.onclick = (event) => {
    const button = event.target.closest("button")
    if (button?.dataset.say) say(button.dataset.say)
    if (button?.dataset.do) act(button.dataset.do)
  }
  part("who").onsubmit = (event) => {
    event.preventDefault()
    const name = part("name").value.trim()
    if (!name) return
    state.name = name
    remember(name)
    part("who").hidden = true
    part("name").blur()
    const pending = state.pending
    state.pending = null
    show()
    if (pending) say(pending)
    else if (!busy()) send("name")
  }
  part("name").onkeydown = (event) => {
    if (event.key !== "Escape") return
    state.pending = null
    part("said").textContent = ""
    event.target.blur()
  }
  for (const name of ["comment", "tag"])
    part(name).onkeydown = (event) => {
      if (event.key === "Escape" || event.key === "Enter") event.target.blur()
    }

  const pressed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return
    const target = event.composedPath()[0]
    if (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName)) return
    if (document.querySelector("[role=dialog]")) return
    const key = event.key.toLowerCase()
    if (key === "/") part("comment").focus()
    else if (!(key in KEYS)) return
    else if (KEYS[key] in WORDS) say(KEYS[key])
    else act(KEYS[key])
    event.preventDefault()
    event.stopPropagation()
  }
  if (state.listener) document.removeEventListener("keydown", state.listener, true)
  document.addEventListener("keydown", (state.listener = pressed), true)
  return () => document.removeEventListener("keydown", state.listener, true)
}
