// Takes verdicts by mouse or by keys, as fast as they come. Each is kept here, with the row that it is about, until the
// server says that it has it: the rows that come next are known ahead, so that nobody has to wait for a page. What is
// pressed beyond them waits for the rows that follow, and is about the one that is named when its turn comes.
const NAME = "anomalens-author"
const KEYS = { a: "anomaly", n: "normal", u: "unsure", j: "next", k: "back", z: "undo" }
const WORDS = { anomaly: "an anomaly", normal: "normal", unsure: "unsure" }
const PATIENCE = 4000 // milliseconds after which what was not answered is sent again; the server takes each once

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
  const state = (root.state ??= { turn: data.turn, queue: [], held: [], name: remembered() || data.author, row: data.row, ahead: data.ahead })
  // The function runs again whenever the page does: only the newest of these may be called.
  state.send = (message) => setTriggerValue("said", message)
  state.data = data
  for (const [name, colour] of Object.entries(data.colours)) root.style.setProperty(`--${name}`, colour)

  const noun = state.data.noun
  const called = (row) => `${noun[0].toUpperCase()}${noun.slice(1)} ${row.toLocaleString("en")}`
  const busy = () => state.queue.length + state.held.length > 0

  // What is waiting goes on its way together, one message at a time.
  function flush() {
    if (!state.queue.length || performance.now() - (state.sent ?? -PATIENCE) < PATIENCE) return
    state.sent = performance.now()
    state.send({ author: state.name, said: state.queue })
    clearTimeout(state.again)
    state.again = setTimeout(() => state.flush(), PATIENCE + 50)
  }
  state.flush = flush

  function push(kind, more = {}) {
    if (!busy()) state.problem = ""
    state.turn = Math.max(state.turn, state.data.turn) + 1
    state.queue.push({ turn: state.turn, kind, row: state.row, ...more })
    // Where a step back or an undo leads, the server knows.
    if (kind === "verdict" || kind === "next") state.row = state.ahead.shift() ?? null
    else if (kind !== "name") [state.row, state.ahead] = [null, []]
    flush()
    show()
  }

  // What the server has is forgotten here; where it stands is where nobody has gone further.
  function settle() {
    if (state.taken !== state.data.turn) {
      state.taken = state.data.turn
      state.queue = state.queue.filter((one) => one.turn > state.data.turn)
      state.sent = undefined
      state.problem ||= state.data.problem
    }
    if (state.queue.some((one) => one.kind === "undo" || one.kind === "back")) return flush()
    const said = new Set(state.queue.filter((one) => one.kind === "verdict" || one.kind === "next").map((one) => one.row))
    const rows = [state.data.row, ...state.data.ahead].filter((row) => row !== null && !said.has(row))
    state.row = rows.shift() ?? null
    state.ahead = rows
    const held = state.held
    state.held = []
    for (const [what, ...more] of held) what(...more)
    flush()
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
    if (!state.name) return state.row === null ? undefined : ask(verdict)
    if (state.row === null) return busy() ? wait(say, verdict) : undefined
    const comment = part("comment").value, tag = part("tag").value
    part("said").textContent = `${called(state.row)} is ${WORDS[verdict]}${tag ? `, ${tag}` : ""}. Z takes it back.`
    part("comment").value = part("tag").value = ""
    push("verdict", { verdict, comment, tag })
  }

  function act(what) {
    if (what === "rename") return ask(null)
    if (what === "undo" && !state.name) return ask(null)
    if (state.row === null && busy()) return wait(act, what)
    if (what === "undo") part("said").textContent = ""
    push(what)
  }

  function wait(...what) {
    state.held.push(what)
    show()
  }

  function show() {
    root.querySelector(".verdicts").setAttribute("aria-label", `What is this ${state.data.noun}?`)
    part("author").textContent = state.name
    part("as").hidden = !state.name || !part("who").hidden
    if (!state.name && part("who").hidden) part("who").hidden = false
    for (const button of root.querySelectorAll("[data-say]")) {
      button.disabled = state.row === null && !busy()
      button.setAttribute("aria-pressed", String(state.row === state.data.row && button.dataset.say === state.data.verdict))
    }
    // The page above follows a moment later.
    const leads = state.row !== null && state.row !== state.data.row
    part("next").hidden = !leads
    part("next").textContent = leads ? `${called(state.row)} is next` : ""
    root.querySelector("[data-do=back]").disabled = !state.data.back && !busy()
    root.querySelector("[data-do=undo]").disabled = !state.data.undo && !busy()
    part("tags").replaceChildren(...state.data.tags.map((tag) => Object.assign(document.createElement("option"), { value: tag })))
    root.toggleAttribute("data-busy", busy())
  }

  if (!root.dataset.ready) {
    part("who").hidden = Boolean(state.name)
    root.dataset.ready = "true"
  }
  settle()
  if (state.problem) part("said").textContent = state.problem
  else if (data.message && data.turn >= state.turn) part("said").textContent = data.message
  show()
  // The session does not know yet who this browser's person is.
  if (state.name && state.name !== data.author && !busy()) push("name")

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
    else push("name")
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
