// Many points on one canvas: WebGL where there is one, else a plain canvas. Places come as two bytes an axis and are
// stretched by the graphics card as core/projections/map_points.py says; colours are four bytes a point.
const VERTEX = `attribute vec2 place; attribute vec4 tint;
uniform vec2 middle; uniform vec2 spread; uniform vec2 reach; uniform vec4 frame; uniform float size; uniform vec4 only;
varying vec4 colour;
void main() {
  vec2 far = exp(reach * (place * 2.0 - 1.0));
  vec2 here = middle + spread * 0.5 * (far - 1.0 / far);
  gl_Position = vec4((here - frame.xy) * frame.zw * 2.0 - 1.0, 0.0, 1.0);
  gl_PointSize = size;
  colour = only.a > 0.0 ? only : tint;
}`
const FRAGMENT = `precision mediump float; varying vec4 colour;
void main() {
  float far = length(gl_PointCoord - 0.5) * 2.0;
  float alpha = colour.a * (1.0 - smoothstep(0.75, 1.0, far));
  gl_FragColor = vec4(colour.rgb * alpha, alpha);
}`
const FEW_POINTS = 120_000
const WIDEST_STRIDE = 255 // bytes, as WebGL allows

class Points {
  constructor(canvas) {
    this.canvas = canvas
    this.gl = canvas.getContext("webgl", { antialias: false, premultipliedAlpha: true })
    if (this.gl) this.prepare()
    else this.context = canvas.getContext("2d")
  }

  prepare() {
    const { gl } = this
    const program = gl.createProgram()
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind)
      gl.shaderSource(shader, source)
      gl.compileShader(shader)
      gl.attachShader(program, shader)
    }
    gl.linkProgram(program)
    gl.useProgram(program)
    this.at = {}
    for (const name of ["middle", "spread", "reach", "frame", "size", "only"]) this.at[name] = gl.getUniformLocation(program, name)
    this.buffers = {}
    for (const name of ["place", "tint"]) {
      this.buffers[name] = gl.createBuffer()
      this.at[name] = gl.getAttribLocation(program, name)
      gl.enableVertexAttribArray(this.at[name])
    }
    gl.enable(gl.BLEND)
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
  }

  // places: a MapPoints; tints: four bytes a point.
  give(places, tints) {
    const moved = this.places !== places
    Object.assign(this, { places, tints })
    const { gl } = this
    if (!gl) return
    if (moved) {
      const { codes, axes } = places
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.place)
      gl.bufferData(gl.ARRAY_BUFFER, codes, gl.STATIC_DRAW)
      for (const [name, k] of [["middle", 0], ["spread", 1], ["reach", 2]]) gl.uniform2f(this.at[name], axes[0][k], axes[1][k])
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.tint)
    gl.bufferData(gl.ARRAY_BUFFER, tints, gl.STATIC_DRAW)
  }

  // Draws runs of points, [from, to, colour or null for the points' own], between the ends of two axes. In a hurry
  // (while the map is moved) only every so manyth of many.
  draw(width, height, ends, size, runs, hurry = false) {
    const scale = window.devicePixelRatio || 1
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)]
    if (this.canvas.width !== w || this.canvas.height !== h) Object.assign(this.canvas, { width: w, height: h })
    const [left, right, low, high] = ends
    const every = hurry ? Math.min(Math.floor(WIDEST_STRIDE / 4), Math.ceil(this.places.n / FEW_POINTS)) : 1
    if (!this.gl) return this.drawPlain(w, h, ends, size * scale, runs, every)
    const { gl } = this
    gl.viewport(0, 0, w, h)
    gl.clearColor(0, 0, 0, 0)
    gl.clear(gl.COLOR_BUFFER_BIT)
    gl.uniform4f(this.at.frame, left, low, 1 / (right - left), 1 / (high - low))
    gl.uniform1f(this.at.size, size * scale)
    for (const [from, to, colour] of runs) {
      const many = Math.floor((to - from) / every)
      if (many <= 0) continue
      gl.uniform4fv(this.at.only, colour ? colour.map((c) => c / 255) : [0, 0, 0, 0])
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.place)
      gl.vertexAttribPointer(this.at.place, 2, gl.UNSIGNED_SHORT, true, 4 * every, 4 * from)
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.tint)
      gl.vertexAttribPointer(this.at.tint, 4, gl.UNSIGNED_BYTE, true, 4 * every, 4 * from)
      gl.drawArrays(gl.POINTS, 0, many)
    }
  }

  // Waits until all is drawn.
  finish() {
    this.gl?.readPixels(0, 0, 1, 1, this.gl.RGBA, this.gl.UNSIGNED_BYTE, new Uint8Array(4))
  }

  drawPlain(w, h, [left, right, low, high], size, runs, every) {
    const { context, places, tints } = this
    context.clearRect(0, 0, w, h)
    for (const [from, to, colour] of runs)
      for (let i = from; i < to; i += every) {
        const [red, green, blue, alpha] = colour ?? tints.subarray(4 * i, 4 * i + 4)
        context.fillStyle = `rgba(${red},${green},${blue},${alpha / 255})`
        context.fillRect(((places.x(i) - left) / (right - left)) * w - size / 2, (1 - (y[b[i]] - low) / (high - low)) * h - size / 2, size, size)
      }
  }
}

// "#rrggbb" with an opacity as four bytes.
const bytesOf = (colour, opacity) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16)).concat(Math.round(255 * opacity))
