// The map of the latent space in a report: its dots take their colours from the line, on the screen and on paper.
const told = read("map-data")
const figure = document.querySelector("[data-map]"), canvas = figure.querySelector("canvas")
const bytes = Uint8Array.from(atob(told.packed), (letter) => letter.charCodeAt(0)).buffer
const { n } = told
const score = new Float64Array(bytes, 0, n), x = new Uint16Array(bytes, 8 * n, n)
const y = new Uint16Array(bytes, 10 * n, n), label = new Int8Array(bytes, 12 * n, n)
const FINE = 65535, EDGE = 5, PAPER = [720, 400]
let threshold = told.threshold, asked = false

// What a dot looks like, from the back to the front: its colour, how wide it is and how much shines through it.
const LOOKS = [["passed", "unknown", 2.4, 0.5], ["missed", "anomaly", 2.4, 0.5], ["alarm", "normal", 3.6, 1], ["caught", "anomaly", 3.6, 1]]

function kind(i) {
  const flagged = score[i] > threshold
  if (!told.labelled) return flagged ? 3 : 0
  return flagged ? (label[i] === 0 ? 2 : 3) : label[i] === 1 ? 1 : 0
}

const place = (i, width, height) => [EDGE + (x[i] / FINE) * (width - 2 * EDGE), height - EDGE - (y[i] / FINE) * (height - 2 * EDGE)]

function paint() {
  asked = false
  const { width, height } = canvas.getBoundingClientRect(), sharp = devicePixelRatio || 1
  if (!width) return
  if (canvas.width !== Math.round(width * sharp) || canvas.height !== Math.round(height * sharp)) {
    canvas.width = Math.round(width * sharp)
    canvas.height = Math.round(height * sharp)
  }
  const pen = canvas.getContext("2d"), colours = coloursOf(document.documentElement)
  pen.setTransform(sharp, 0, 0, sharp, 0, 0)
  pen.clearRect(0, 0, width, height)
  const kinds = Uint8Array.from({ length: n }, (_, i) => kind(i))
  LOOKS.forEach(([, colour, size, opacity], one) => {
    pen.fillStyle = colours[colour]
    pen.globalAlpha = opacity
    pen.beginPath()
    for (let i = 0; i < n; i++) {
      if (kinds[i] !== one) continue
      const [across, up] = place(i, width, height)
      pen.moveTo(across + size / 2, up)
      pen.arc(across, up, size / 2, 0, 2 * Math.PI)
    }
    // One path: thousands of dots are filled at once, and where they overlap they get no darker.
    pen.fill()
  })
  figure.dataset.flagged = kinds.reduce((sum, one) => sum + (one > 1), 0)
}

function ask() {
  if (!asked) requestAnimationFrame(paint)
  asked = true
}

function picture() {
  const [width, height] = PAPER, colours = coloursOf(document.documentElement)
  const lines = LOOKS.map(([, colour, size, opacity], one) => {
    let d = ""
    for (let i = 0; i < n; i++)
      if (kind(i) === one) d += `M${place(i, width, height).map((at) => at.toFixed(1)).join(" ")}h0`
    return `<path d="${d}" fill="none" stroke="${colours[colour]}" stroke-width="${size}" stroke-opacity="${opacity}" stroke-linecap="round"/>`
  })
  const frame = `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8" fill="none" stroke="${colours.grid}"/>`
  return `<svg xmlns="http://www.w3.org/2000/svg" class="figure" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">${frame}${lines.join("")}</svg>`
}

figure.classList.add("mounted")
new ResizeObserver(ask).observe(canvas)
document.addEventListener("anomalens-theme", ask)
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", ask)
window.anomalensLive?.listeners.add((now) => {
  if (now?.key !== told.key || now.threshold === threshold) return
  threshold = now.threshold
  ask()
})
onPaper("map", () => asOnPaper(picture))
