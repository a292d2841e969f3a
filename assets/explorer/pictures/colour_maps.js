// Colours of maps: how far a place is from what is usual, 0 to 1 of a scale.
const COLOUR_MAPS = {
  inferno: ["#000004", "#1f0c48", "#550f6d", "#88226a", "#ba3655", "#e35933", "#f98c0a", "#f9c932", "#fcffa4"],
  viridis: ["#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"],
  red: ["#fff5f0", "#fdcab5", "#fc8a6a", "#f24734", "#cb181d", "#a50f15", "#7f0a10", "#67000d", "#4a0008"],
}
// Steps of a map are those of a square root: 0 is usual, 64 the highest hundredth of normal places, 255 sixteen times as far.
const TOP = 16
const timesNormal = (step) => (TOP * (step / 255) ** 2).toPrecision(2)

function paletteOf(name) {
  const stops = COLOUR_MAPS[name].map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)))
  return Array.from({ length: 256 }, (_, step) => {
    const at = (step / 255) * (stops.length - 1), low = Math.min(Math.floor(at), stops.length - 2)
    return stops[low].map((value, c) => Math.round(value + (stops[low + 1][c] - value) * (at - low)))
  })
}

// The steps of a map that came as a grey picture.
function stepsOf(picture) {
  const canvas = document.createElement("canvas")
  canvas.width = picture.naturalWidth
  canvas.height = picture.naturalHeight
  const pen = canvas.getContext("2d", { willReadFrequently: true })
  pen.drawImage(picture, 0, 0)
  const { data } = pen.getImageData(0, 0, canvas.width, canvas.height)
  const steps = new Uint8Array(canvas.width * canvas.height)
  for (let i = 0; i < steps.length; i++) steps[i] = data[4 * i]
  return { width: canvas.width, height: canvas.height, steps }
}

// A map as a picture whose usual places are clear.
function paintedMap({ width, height, steps }, colours) {
  const canvas = document.createElement("canvas")
  canvas.width = width
  canvas.height = height
  const pen = canvas.getContext("2d"), image = pen.createImageData(width, height)
  for (let i = 0; i < steps.length; i++) {
    const [red, green, blue] = colours[steps[i]]
    image.data.set([red, green, blue, Math.max(0, Math.min(255, (steps[i] - 24) * 2))], 4 * i)
  }
  pen.putImageData(image, 0, 0)
  return canvas
}

function loadedPicture(address) {
  return new Promise((resolve, reject) => {
    const picture = new Image()
    picture.onload = () => resolve(picture)
    picture.onerror = () => reject(new Error("The picture did not arrive."))
    picture.src = address
  })
}
