// The gallery: of however many images only those in view are asked for and drawn.
const TILE = 132, SAID = 22, AHEAD = 2

class GalleryPart {
  constructor(root) {
    this.root = root
    this.tiles = new Map()
    this.palette = paletteOf("inferno")
    this.scroll = this.part("scroll")
    this.scroll.addEventListener("scroll", () => this.frame(), { passive: true })
    this.scroll.addEventListener("keydown", (event) => this.moved(event))
    this.part("warm").addEventListener("change", () => this.again())
    this.watcher = new ResizeObserver(() => this.frame())
    this.watcher.observe(this.scroll)
  }

  part(name) {
    return this.root.querySelector(`[data-part=${name}]`)
  }

  take(data, send) {
    const other = this.data?.key !== data.key || this.data.count !== data.count
    const n = data.count, bytes = Uint8Array.from(atob(data.rows), (one) => one.charCodeAt(0))
    Object.assign(this, { data, send })
    this.ids = new Int32Array(bytes.buffer, 0, n)
    this.scores = new Float32Array(bytes.buffer, 4 * n, n)
    this.labels = new Int8Array(bytes.buffer, 8 * n, n)
    this.verdicts = new Int8Array(bytes.buffer, 9 * n, n)
    for (const [name, value] of Object.entries(data.colours)) this.root.style.setProperty(`--${name}`, value)
    this.part("heating").hidden = !data.heat
    this.part("none").hidden = n > 0
    this.part("none").textContent = data.empty
    this.scroll.hidden = n === 0
    if (other) this.scroll.scrollTop = 0
    this.again()
    this.root.dataset.ready = "true"
  }

  again() {
    for (const tile of this.tiles.values()) tile.remove()
    this.tiles.clear()
    this.frame()
  }

  get across() {
    return Math.max(2, Math.floor(this.scroll.clientWidth / TILE))
  }

  frame() {
    if (!this.data) return
    const across = this.across, width = this.scroll.clientWidth / across, height = width + SAID
    this.part("tall").style.height = `${Math.ceil(this.data.count / across) * height}px`
    const first = Math.max(0, Math.floor(this.scroll.scrollTop / height) - AHEAD)
    const last = Math.ceil((this.scroll.scrollTop + this.scroll.clientHeight) / height) + AHEAD
    const wanted = new Set()
    for (let place = first * across; place < Math.min(this.data.count, last * across); place++) {
      wanted.add(place)
      const tile = this.tiles.get(place) ?? this.made(place)
      Object.assign(tile.style, {
        left: `${(place % across) * width}px`, top: `${Math.floor(place / across) * height}px`, width: `${width - 4}px`, height: `${height - 4}px`,
      })
    }
    for (const [place, tile] of this.tiles) {
      if (wanted.has(place)) continue
      tile.remove()
      this.tiles.delete(place)
    }
  }

  made(place) {
    const id = this.ids[place], score = this.scores[place], tile = document.createElement("button")
    const verdict = ["", "normal", "anomaly", "unsure"][this.verdicts[place]] ?? ""
    const label = this.data.labelled ? ["normal", "anomaly"][this.labels[place]] ?? "" : ""
    tile.type = "button"
    tile.className = "tile"
    tile.dataset.flagged = String(score > this.data.threshold)
    tile.setAttribute("role", "option")
    tile.setAttribute("aria-selected", String(id === this.data.open))
    tile.setAttribute("aria-label", `${this.data.noun} ${id}, score ${score.toPrecision(3)}${label ? `, ${label}` : ""}`)
    const frame = document.createElement("span"), picture = document.createElement("img"), said = document.createElement("span")
    frame.className = "frame"
    picture.alt = ""
    picture.decoding = "async"
    picture.src = this.data.thumbnail + id
    frame.append(picture)
    said.className = "said"
    const number = document.createElement("b"), word = document.createElement("i")
    number.textContent = score.toPrecision(3)
    word.textContent = verdict ? `✓ ${verdict}` : label
    said.append(number, word)
    tile.append(frame, said)
    tile.addEventListener("click", () => this.opened(place))
    if (this.data.heat && this.part("warm").checked) this.warm(frame, picture, id)
    this.tiles.set(place, tile)
    this.part("tall").append(tile)
    return tile
  }

  async warm(frame, picture, id) {
    try {
      const heat = paintedMap(stepsOf(await loadedPicture(this.data.heat + id)), this.palette)
      await picture.decode()
      // The thumbnail keeps its proportions within the tile; the map lies over it alone.
      const ratio = picture.naturalWidth / picture.naturalHeight
      Object.assign(heat.style, ratio > 1 ? { width: "100%", height: `${100 / ratio}%` } : { width: `${100 * ratio}%`, height: "100%" })
      frame.append(heat)
    } catch {
      // Of an image that scores low no map was kept.
    }
  }

  opened(place) {
    this.data.open = this.ids[place]
    for (const [at, tile] of this.tiles) tile.setAttribute("aria-selected", String(at === place))
    this.send({ open: this.ids[place] })
  }

  moved(event) {
    const at = [...this.tiles].find(([, tile]) => tile === this.root.getRootNode().activeElement)?.[0]
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.across, ArrowUp: -this.across }[event.key]
    if (at === undefined || !by) return
    event.preventDefault()
    const place = Math.max(0, Math.min(this.data.count - 1, at + by)), tile = this.tiles.get(place)
    tile?.focus()
    tile?.scrollIntoView({ block: "nearest" })
  }
}

const galleries = new WeakMap()
export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".gallery")
  if (!galleries.has(root)) galleries.set(root, new GalleryPart(root))
  galleries.get(root).take(data, (value) => setTriggerValue("changed", value))
}
