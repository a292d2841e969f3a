// One way to draw, two ways to keep it: on a canvas for the screen and PNG, as text for SVG.
class CanvasPen {
  constructor(context, font) {
    Object.assign(this, { context, font })
  }

  // A line through [x0, y0, x1, y1, …].
  path(points, { stroke, fill, width = 1, dash = [], alpha = 1 }) {
    const { context } = this
    context.beginPath()
    for (let i = 0; i < points.length; i += 2) context.lineTo(points[i], points[i + 1])
    context.globalAlpha = alpha
    if (fill) (context.fillStyle = fill), context.fill()
    if (stroke) {
      Object.assign(context, { strokeStyle: stroke, lineWidth: width, lineJoin: "round" })
      context.setLineDash(dash)
      context.stroke()
      context.setLineDash([])
    }
    context.globalAlpha = 1
  }

  circle(x, y, radius, { stroke, fill, width = 1 }) {
    const { context } = this
    context.beginPath()
    context.arc(x, y, radius, 0, 7)
    if (fill) (context.fillStyle = fill), context.fill()
    if (stroke) Object.assign(context, { strokeStyle: stroke, lineWidth: width }), context.stroke()
  }

  text(words, x, y, { fill, size = 12, weight = 400, align = "left", baseline = "alphabetic", turn = 0, halo = null }) {
    const { context } = this
    context.save()
    context.translate(x, y)
    context.rotate((turn * Math.PI) / 180)
    Object.assign(context, { font: `${weight} ${size}px ${this.font}`, textAlign: align, textBaseline: baseline })
    if (halo) Object.assign(context, { strokeStyle: halo, lineWidth: 4, lineJoin: "round" }), context.strokeText(words, 0, 0)
    context.fillStyle = fill
    context.fillText(words, 0, 0)
    context.restore()
  }

  image(image, source, x, y, width, height) {
    this.context.drawImage(image, x, y, width, height)
  }

  inside(x, y, width, height, draw) {
    const { context } = this
    context.save()
    context.beginPath()
    context.rect(x, y, width, height)
    context.clip()
    draw()
    context.restore()
  }
}

class SvgPen {
  constructor(font) {
    Object.assign(this, { font, parts: [], clips: 0 })
  }

  path(points, { stroke, fill, width = 1, dash = [], alpha = 1 }) {
    const places = []
    for (let i = 0; i < points.length; i += 2) places.push(`${round(points[i])},${round(points[i + 1])}`)
    const look = stroke ? ` stroke="${stroke}" stroke-width="${width}" stroke-linejoin="round"` : ""
    const dashes = dash.length ? ` stroke-dasharray="${dash.join(" ")}"` : ""
    const shape = fill ? "polygon" : "polyline"
    this.parts.push(`<${shape} points="${places.join(" ")}" fill="${fill || "none"}"${look}${dashes} opacity="${alpha}"/>`)
  }

  circle(x, y, radius, { stroke, fill, width = 1 }) {
    const look = stroke ? ` stroke="${stroke}" stroke-width="${width}"` : ""
    this.parts.push(`<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" fill="${fill || "none"}"${look}/>`)
  }

  text(words, x, y, { fill, size = 12, weight = 400, align = "left", baseline = "alphabetic", turn = 0, halo = null }) {
    const anchor = { left: "start", center: "middle", right: "end" }[align]
    // SVG viewers disagree about baselines; a shift of the letters' height does not.
    const down = { alphabetic: 0, top: 0.8, middle: 0.35 }[baseline] * size
    const turned = turn ? ` transform="rotate(${turn} ${round(x)} ${round(y)})"` : ""
    const around = halo ? ` stroke="${halo}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"` : ""
    this.parts.push(
      `<text x="${round(x)}" y="${round(y + down)}" font-size="${size}" font-weight="${weight}" fill="${fill}" ` +
        `text-anchor="${anchor}"${turned}${around}>${escaped(words)}</text>`,
    )
  }

  image(image, source, x, y, width, height) {
    this.parts.push(`<image href="${source}" x="${x}" y="${y}" width="${width}" height="${height}"/>`)
  }

  inside(x, y, width, height, draw) {
    const name = `clip${this.clips++}`
    this.parts.push(`<clipPath id="${name}"><rect x="${x}" y="${y}" width="${width}" height="${height}"/></clipPath>`)
    this.parts.push(`<g clip-path="url(#${name})">`)
    draw()
    this.parts.push("</g>")
  }

  picture(width, height) {
    const font = escaped(this.font.replaceAll('"', "'"))
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
      `font-family="${font}">${this.parts.join("")}</svg>`
    )
  }
}

const round = (x) => Math.round(x * 100) / 100
const escaped = (text) =>
  String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;")

// Axes: a value's place in pixels and back, and the values to write beside it.
class Axis {
  constructor(kind, low, high, from, to) {
    const [forth, back] = SCALES[kind]
    Object.assign(this, { kind, low, high, from, to, forth, back, a: forth(low), b: forth(high) })
  }

  place(value) {
    const here = this.forth(value)
    const part = (here - this.a) / (this.b - this.a)
    // What a logarithm cannot show (zero and below) lies at the axis' lower end.
    return this.from + (this.to - this.from) * (Number.isNaN(part) || here === -Infinity ? 0 : part)
  }

  value(place) {
    return this.back(this.a + ((place - this.from) / (this.to - this.from)) * (this.b - this.a))
  }

  ticks(wanted = 6) {
    if (this.kind === "probit") return PROBIT_TICKS.filter((t) => t >= this.low && t <= this.high)
    if (this.kind === "log" && this.b - this.a >= 1.2) {
      const every = Math.max(1, Math.ceil((this.b - this.a) / wanted))
      const ticks = []
      for (let power = Math.ceil(this.a - 1e-9); power <= this.b + 1e-9; power += every) ticks.push(10 ** power)
      return ticks
    }
    const rough = (this.high - this.low) / wanted
    const size = 10 ** Math.floor(Math.log10(rough))
    const step = size * [1, 2, 5, 10].find((k) => k * size >= rough)
    const ticks = []
    for (let i = Math.ceil(this.low / step - 1e-9); i * step <= this.high + step * 1e-9; i++) ticks.push(i * step)
    return ticks
  }
}

const PROBIT_TICKS = [1e-5, 1e-4, 0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 0.995, 0.999]
const SCALES = {
  linear: [(x) => x, (x) => x],
  log: [Math.log10, (x) => 10 ** x],
  probit: [probit, normal],
}

// The quantile of the normal distribution (Acklam, 2003; relative error below 1.2e-9).
function probit(p) {
  if (p <= 0) return -Infinity
  if (p >= 1) return Infinity
  const tail = (q) =>
    (((((-7.784894002430293e-3 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q +
      4.374664141464968) * q + 2.938163982698783) /
    ((((7.784695709041462e-3 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1)
  if (p < 0.02425) return tail(Math.sqrt(-2 * Math.log(p)))
  if (p > 0.97575) return -tail(Math.sqrt(-2 * Math.log(1 - p)))
  const q = p - 0.5, r = q * q
  return ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
    30.66479806614716) * r + 2.506628277459239) * q) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) * r + 1)
}

// The normal distribution function, by the series of the error function (Abramowitz and Stegun 7.1.26).
function normal(x) {
  const z = Math.abs(x) / Math.SQRT2, t = 1 / (1 + 0.3275911 * z)
  const tail = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
  const upper = 0.5 * tail * Math.exp(-z * z)
  return x > 0 ? 1 - upper : upper
}

const POWERS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" }

// A tick's words: 10⁻⁵ where zeros would have to be counted, else plain.
function tickWords(value, percent) {
  if (percent) return `${Number((100 * value).toPrecision(4))} %`
  const size = Math.abs(value)
  if (value === 0 || (size >= 1e-3 && size < 1e6)) return Number(value.toPrecision(6)).toLocaleString("en-US", { maximumFractionDigits: 6 })
  const power = Math.floor(Math.log10(size) + 1e-9), head = Number((value / 10 ** power).toPrecision(4))
  const ten = `10${[...String(power)].map((digit) => POWERS[digit]).join("")}`
  return head === 1 ? ten : `${head}·${ten}`
}

// Ticks with their places, without those too close to the one before to be read.
function apart(axis, ticks, pixels) {
  const kept = []
  for (const value of ticks) {
    const place = Math.round(axis.place(value)) + 0.5
    if (!kept.length || Math.abs(place - kept.at(-1)[1]) >= pixels) kept.push([value, place])
  }
  return kept
}

// The frame of a plot: grid lines, ticks and the axes' names.
function drawAxes(pen, x, y, { look, xTitle, yTitle, xPercent, yPercent }) {
  const [left, right, bottom, top] = [x.from, x.to, y.from, y.to]
  for (const [value, place] of apart(x, x.ticks(Math.max(3, Math.floor((right - left) / 65))), 44)) {
    pen.path([place, top, place, bottom], { stroke: look.grid })
    pen.text(x.words?.(value) ?? tickWords(value, xPercent), place, bottom + 17, { fill: look.muted, align: "center" })
  }
  for (const [value, place] of apart(y, y.ticks(Math.max(3, Math.floor((bottom - top) / 50))), 17)) {
    pen.path([left, place, right, place], { stroke: look.grid })
    pen.text(tickWords(value, yPercent), left - 7, place, { fill: look.muted, align: "right", baseline: "middle" })
  }
  pen.text(xTitle, (left + right) / 2, bottom + 37, { fill: look.muted, size: 13, align: "center" })
  pen.text(yTitle, 13, (top + bottom) / 2, { fill: look.muted, size: 13, align: "center", turn: -90 })
}

// The theme's colours and letters as this element has them, and our pair of class colours.
function lookOf(element, colours) {
  const style = getComputedStyle(element)
  const of = (name) => style.getPropertyValue(`--st-${name}`).trim()
  return {
    text: of("text-color"), background: of("background-color"), surface: of("secondary-background-color"),
    font: of("font") || "sans-serif", ...colours,
  }
}

// A canvas as sharp as the screen; its context draws in CSS pixels.
function sharp(canvas, width, height) {
  const scale = window.devicePixelRatio || 1
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)]
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h })
  const context = canvas.getContext("2d")
  context.setTransform(scale, 0, 0, scale, 0, 0)
  context.clearRect(0, 0, width, height)
  return context
}

// Saves a figure: its title, a line below it, and what `draw` draws into width × height.
function download(format, { title, subtitle, name, look, width, height, draw }) {
  const head = 66
  const all = (pen) => {
    const [w, h] = [width, height + head]
    pen.path([0, 0, w, 0, w, h, 0, h], { fill: look.background })
    pen.text(title, 12, 26, { fill: look.text, size: 15, weight: 600 })
    pen.text(subtitle, 12, 46, { fill: look.muted, size: 13 })
  }
  const words = ["anomalens", title.split(",")[0], name].filter(Boolean)
  const file = words.map((part) => part.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "")).join("-")
  const save = (blob) => {
    const link = document.createElement("a")
    link.href = URL.createObjectURL(blob)
    link.download = `${file.slice(0, 120)}.${format}`
    link.click()
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
  }
  if (format === "svg") {
    const pen = new SvgPen(look.font)
    all(pen)
    pen.parts.push(`<g transform="translate(0 ${head})">`)
    draw(pen)
    pen.parts.push("</g>")
    save(new Blob([pen.picture(width, height + head)], { type: "image/svg+xml" }))
    return
  }
  const canvas = document.createElement("canvas")
  Object.assign(canvas, { width: 2 * width, height: 2 * (height + head) })
  const context = canvas.getContext("2d")
  context.scale(2, 2)
  const pen = new CanvasPen(context, look.font)
  all(pen)
  context.translate(0, head)
  draw(pen)
  canvas.toBlob(save, "image/png")
}
