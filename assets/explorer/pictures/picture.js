// One image closely: layers over each other, a curtain between image and reconstruction, regions above a threshold.
const MOST_ZOOM = 40, LISTED = 6

class PicturePart {
  constructor(root) {
    this.root = root
    this.zoom = 1
    this.shift = [0, 0]
    this.cut = 0.5
    for (const name of ["view", "opacity", "palette", "limit", "mask"]) this.part(name).addEventListener("input", () => this.frame())
    this.part("whole").addEventListener("click", () => this.reset())
    const stage = this.part("stage")
    stage.addEventListener("wheel", (event) => this.wheeled(event), { passive: false })
    stage.addEventListener("pointerdown", (event) => this.grabbed(event))
    stage.addEventListener("keydown", (event) => this.keyed(event))
    new ResizeObserver(() => this.frame()).observe(stage)
  }

  part(name) {
    return this.root.querySelector(`[data-part=${name}]`)
  }

  async take(data, send) {
    const other = this.data?.image !== data.image || this.data?.rebuilt !== data.rebuilt
    Object.assign(this, { data, send })
    for (const [name, value] of Object.entries(data.colours)) this.root.style.setProperty(`--${name}`, value)
    this.part("viewing").hidden = !data.rebuilt
    if (!data.rebuilt) this.part("view").value = "image"
    this.part("problem").hidden = !data.problem
    this.part("problem").textContent = data.problem
    this.nearest()
    this.together()
    if (!other) return this.frame()
    this.layers = {}
    this.part("wait").hidden = false
    this.reset()
    const wanted = { image: data.image, rebuilt: data.rebuilt, heat: data.heat, mask: data.mask }
    await Promise.all(Object.entries(wanted).map(async ([name, address]) => {
      if (!address) return
      try {
        const picture = await loadedPicture(address)
        if (this.data === data) this.layers[name] = picture
      } catch {
        // Not every image has a mask, and of one that scores low no map was kept.
      }
    }))
    if (this.data !== data) return
    this.steps = this.layers.heat ? stepsOf(this.layers.heat) : null
    this.masked = this.layers.mask ? stepsOf(this.layers.mask) : null
    this.part("masking").hidden = !this.masked
    this.part("wait").hidden = true
    this.frame()
    this.root.dataset.ready = "true"
  }

  reset() {
    this.zoom = 1
    this.shift = [0, 0]
    this.frame()
  }

  // Where the image lies on the canvas: left, top, width, height.
  get place() {
    const canvas = this.part("canvas"), [w, h] = this.data.size
    const scale = Math.min(canvas.width / w, canvas.height / h) * this.zoom
    return [(canvas.width - w * scale) / 2 + this.shift[0], (canvas.height - h * scale) / 2 + this.shift[1], w * scale, h * scale]
  }

  frame() {
    if (!this.layers?.image) return
    cancelAnimationFrame(this.waiting)
    this.waiting = requestAnimationFrame(() => this.draw())
  }

  draw() {
    const canvas = this.part("canvas"), stage = this.part("stage"), view = this.part("view").value
    const dense = window.devicePixelRatio || 1
    canvas.width = stage.clientWidth * dense
    canvas.height = stage.clientHeight * dense
    const pen = canvas.getContext("2d"), place = this.place, rebuilt = this.layers.rebuilt
    pen.imageSmoothingEnabled = place[2] / this.data.size[0] < 3
    pen.drawImage(view === "rebuilt" && rebuilt ? rebuilt : this.layers.image, ...place)
    if (view === "curtain" && rebuilt) {
      pen.save()
      pen.beginPath()
      pen.rect(this.cut * canvas.width, 0, canvas.width, canvas.height)
      pen.clip()
      pen.drawImage(rebuilt, ...place)
      pen.restore()
    }
    this.part("curtain").hidden = view !== "curtain"
    this.part("curtain").style.left = `${this.cut * 100}%`
    const limit = Number(this.part("limit").value)
    this.part("limitSaid").textContent = `${timesNormal(limit)} ×`
    if (this.steps) {
      pen.imageSmoothingEnabled = true
      pen.globalAlpha = Number(this.part("opacity").value) / 100
      pen.drawImage(paintedMap(this.steps, paletteOf(this.part("palette").value)), ...place)
      pen.globalAlpha = 1
      this.regions = regionsAbove(this.steps, limit)
      for (const region of this.regions) this.outline(pen, region, this.steps, place, this.data.colours.anomaly, [])
    }
    if (this.masked && this.part("mask").checked) {
      for (const region of regionsAbove(this.masked, 128)) this.outline(pen, region, this.masked, place, "#21c7c7", [6, 4])
    }
    this.list()
  }

  outline(pen, region, { width, height }, [left, top, w, h], colour, dash) {
    const path = new Path2D()
    path.addPath(outlineOf(region, width, height), new DOMMatrix([w / width, 0, 0, h / height, left, top]))
    pen.lineWidth = 2 * (window.devicePixelRatio || 1)
    pen.setLineDash(dash)
    pen.strokeStyle = colour
    pen.stroke(path)
    pen.setLineDash([])
  }

  list() {
    const list = this.part("regions"), found = this.regions ?? []
    list.replaceChildren(...found.slice(0, LISTED).map((region) => {
      const line = document.createElement("li"), button = document.createElement("button")
      const area = (100 * region.share).toPrecision(2)
      button.type = "button"
      button.textContent = `${area} % of the image, peak ${timesNormal(region.peak)} ×`
      button.addEventListener("click", () => this.closer(region))
      line.append(button)
      return line
    }))
    if (found.length > LISTED) list.append(this.line(`and ${found.length - LISTED} smaller ones`))
    if (!found.length) list.append(this.line(this.steps ? "None above the pixel threshold." : "Of this image no map was kept: it scores low."))
  }

  line(words) {
    const line = document.createElement("li")
    line.textContent = words
    line.style.listStyle = "none"
    return line
  }

  closer({ at: [x, y] }) {
    const canvas = this.part("canvas")
    this.zoom = 4
    this.shift = [0, 0]
    const [left, top, w, h] = this.place
    this.shift = [canvas.width / 2 - (left + ((x + 0.5) / this.steps.width) * w), canvas.height / 2 - (top + ((y + 0.5) / this.steps.height) * h)]
    this.frame()
  }

  nearest() {
    const { nearest } = this.data
    this.part("near").hidden = !nearest.length
    this.part("nearest").replaceChildren(...nearest.map(({ id, thumbnail }) => {
      const button = document.createElement("button"), picture = document.createElement("img")
      button.type = "button"
      picture.src = thumbnail
      picture.alt = `Image ${id}`
      button.append(picture)
      button.addEventListener("click", () => this.send({ open: id }))
      return button
    }))
  }

  async together() {
    const { gathered, gatheredWords } = this.data
    this.part("together").hidden = !gathered
    if (!gathered) return
    this.part("togetherSaid").textContent = gatheredWords
    const map = stepsOf(await loadedPicture(gathered)), top = Math.max(1, ...map.steps)
    const steps = map.steps.map((step) => Math.round((255 * step) / top))
    this.part("map").replaceChildren(paintedMap({ ...map, steps }, paletteOf("inferno")))
  }

  zoomed(by, x, y) {
    const before = this.zoom
    this.zoom = Math.min(MOST_ZOOM, Math.max(1, this.zoom * by))
    const grown = this.zoom / before, canvas = this.part("canvas")
    const middle = [canvas.width / 2, canvas.height / 2]
    this.shift = [x, y].map((at, k) => (at - middle[k]) * (1 - grown) + this.shift[k] * grown)
    if (this.zoom === 1) this.shift = [0, 0]
    this.frame()
  }

  wheeled(event) {
    // A page that is scrolled past the image is scrolled: with Ctrl, or once it was zoomed, the wheel is the image's.
    if (!event.ctrlKey && this.zoom === 1 && event.deltaY > 0) return
    event.preventDefault()
    const dense = window.devicePixelRatio || 1
    this.zoomed(event.deltaY < 0 ? 1.25 : 0.8, event.offsetX * dense, event.offsetY * dense)
  }

  keyed(event) {
    const canvas = this.part("canvas"), by = { "+": 1.25, "=": 1.25, "-": 0.8 }[event.key]
    const moved = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[event.key]
    if (event.key === "0") this.reset()
    else if (by) this.zoomed(by, canvas.width / 2, canvas.height / 2)
    else if (moved) this.shift = this.shift.map((at, k) => at + moved[k])
    else return
    event.preventDefault()
    this.frame()
  }

  grabbed(event) {
    const stage = this.part("stage"), dense = window.devicePixelRatio || 1
    const curtain = event.target === this.part("curtain"), start = [event.clientX, event.clientY], before = [...this.shift]
    stage.setPointerCapture(event.pointerId)
    stage.classList.add("dragging")
    const move = (now) => {
      if (curtain) this.cut = Math.min(1, Math.max(0, (now.clientX - stage.getBoundingClientRect().left) / stage.clientWidth))
      else this.shift = [before[0] + (now.clientX - start[0]) * dense, before[1] + (now.clientY - start[1]) * dense]
      this.frame()
    }
    const end = () => {
      stage.classList.remove("dragging")
      stage.removeEventListener("pointermove", move)
    }
    stage.addEventListener("pointermove", move)
    stage.addEventListener("pointerup", end, { once: true })
    stage.addEventListener("pointercancel", end, { once: true })
  }
}

const pictureParts = new WeakMap()
export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".picture")
  if (!pictureParts.has(root)) pictureParts.set(root, new PicturePart(root))
  pictureParts.get(root).take(data, (value) => setTriggerValue("changed", value))
}
