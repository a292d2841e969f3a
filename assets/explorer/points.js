// Many points on one canvas: WebGL where there is one, else a plain canvas. Colours are given once; which of the points
// are drawn in a single other colour is told anew each time, and costs nothing.
const VERTEX = `attribute vec2 place; attribute vec4 tint; uniform vec4 frame; uniform float size; uniform vec4 only;
varying vec4 colour;
void main() {
  gl_Position = vec4((place - frame.xy) * frame.zw * 2.0 - 1.0, 0.0, 1.0);
  gl_PointSize = size;
  colour = only.a > 0.0 ? only : tint;
}`
const FRAGMENT = `precision mediump float; varying vec4 colour;
void main() {
  float far = length(gl_PointCoord - 0.5) * 2.0;
  float alpha = colour.a * (1.0 - smoothstep(0.75, 1.0, far));
  gl_FragColor = vec4(colour.rgb * alpha, alpha);
}`

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
    for (const name of ["frame", "size", "only"]) this.at[name] = gl.getUniformLocation(program, name)
    this.buffers = {}
    for (const name of ["place", "tint"]) {
      this.buffers[name] = gl.createBuffer()
      this.at[name] = gl.getAttribLocation(program, name)
      gl.enableVertexAttribArray(this.at[name])
    }
    gl.enable(gl.BLEND)
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
  }

  // x, y: places; tints: four bytes a point.
  give(x, y, tints) {
    Object.assign(this, { x, y, tints })
    const { gl } = this
    if (!gl) return
    if (this.placed !== x) {
      const both = new Float32Array(2 * x.length)
      for (let i = 0; i < x.length; i++) (both[2 * i] = x[i]), (both[2 * i + 1] = y[i])
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.place)
      gl.bufferData(gl.ARRAY_BUFFER, both, gl.STATIC_DRAW)
      gl.vertexAttribPointer(this.at.place, 2, gl.FLOAT, false, 0, 0)
      this.placed = x
    }
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers.tint)
    gl.bufferData(gl.ARRAY_BUFFER, tints, gl.STATIC_DRAW)
    gl.vertexAttribPointer(this.at.tint, 4, gl.UNSIGNED_BYTE, true, 0, 0)
  }

  // Draws runs of points, [from, to, colour or null for the points' own], between the ends of two axes.
  draw(width, height, ends, size, runs) {
    const scale = window.devicePixelRatio || 1
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)]
    if (this.canvas.width !== w || this.canvas.height !== h) Object.assign(this.canvas, { width: w, height: h })
    const [left, right, low, high] = ends
    if (!this.gl) return this.drawPlain(w, h, ends, size * scale, runs)
    const { gl } = this
    gl.viewport(0, 0, w, h)
    gl.clearColor(0, 0, 0, 0)
    gl.clear(gl.COLOR_BUFFER_BIT)
    gl.uniform4f(this.at.frame, left, low, 1 / (right - left), 1 / (high - low))
    gl.uniform1f(this.at.size, size * scale)
    for (const [from, to, colour] of runs) {
      gl.uniform4fv(this.at.only, colour ? colour.map((c) => c / 255) : [0, 0, 0, 0])
      if (to > from) gl.drawArrays(gl.POINTS, from, to - from)
    }
  }

  drawPlain(w, h, [left, right, low, high], size, runs) {
    const { context, x, y, tints } = this
    context.clearRect(0, 0, w, h)
    for (const [from, to, colour] of runs)
      for (let i = from; i < to; i++) {
        const [r, g, b, a] = colour ?? tints.subarray(4 * i, 4 * i + 4)
        context.fillStyle = `rgba(${r},${g},${b},${a / 255})`
        context.fillRect(((x[i] - left) / (right - left)) * w - size / 2, (1 - (y[i] - low) / (high - low)) * h - size / 2, size, size)
      }
  }
}

// "#rrggbb" with an opacity as four bytes.
const bytesOf = (colour, opacity) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16)).concat(Math.round(255 * opacity))
