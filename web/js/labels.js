// Names on the map: points from the label tiles, drawn once on one canvas, the important first, none over another.
const STYLE = {
  district: { size: 17, weight: 700, color: "#1d2f42", rank: 0 },
  subdistrict: { size: 15, weight: 700, color: "#1d2f42", rank: 1 },
  water: { size: 14, weight: 400, color: "#2d678f", rank: 2, italic: true },
  community: { size: 13, weight: 600, color: "#2f4358", rank: 3 },
  street: { size: 12, weight: 400, color: "#59646f", rank: 4 },
  compound: { size: 12, weight: 400, color: "#6a5a45", rank: 5 },
  grid: { size: 12, weight: 600, color: "#5b4a2c", rank: 6 },
};
const FONT = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","WenQuanYi Micro Hei",sans-serif';

const Source = L.VectorGrid.Protobuf.extend({
  createTile(coords, done) {
    const holder = document.createElement("div");
    this._getVectorTilePromise(coords).then((tile) => {
      if (!this._map) return;
      const size = this.getTileSize();
      holder.names = [];
      for (const layer of Object.values(tile.layers ?? {})) {
        for (const feature of layer.features ?? []) {
          const at = feature.geometry[0][0];
          holder.names.push({
            key: `${feature.properties.kind}:${feature.properties.name}:${feature.id}`,
            kind: feature.properties.kind, name: feature.properties.name,
            place: this._map.unproject(L.point(at.x, at.y).scaleBy(size.divideBy(layer.extent)).add(coords.scaleBy(size)), coords.z),
          });
        }
      }
      done(null, holder);
    });
    return holder;
  },
});

function draw(map, canvas, source) {
  const size = map.getSize(), ratio = window.devicePixelRatio || 1;
  canvas.width = size.x * ratio;
  canvas.height = size.y * ratio;
  L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
  canvas.style.width = `${size.x}px`;
  canvas.style.height = `${size.y}px`;
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  const seen = new Map();
  for (const tile of Object.values(source._tiles)) {
    if (tile.coords.z !== source._tileZoom) continue;
    for (const name of tile.el.names ?? []) seen.set(name.key, name);
  }
  const wanted = [...seen.values()].filter((name) => STYLE[name.kind])
    .sort((a, b) => STYLE[a.kind].rank - STYLE[b.kind].rank || a.key.localeCompare(b.key));
  const taken = [];
  for (const name of wanted) {
    const style = STYLE[name.kind], at = map.latLngToContainerPoint(name.place);
    context.font = `${style.italic ? "italic " : ""}${style.weight} ${style.size}px ${FONT}`;
    const half = context.measureText(name.name).width / 2 + 3, high = style.size / 2 + 3;
    const box = [at.x - half, at.y - high, at.x + half, at.y + high];
    if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
    taken.push(box);
    context.lineWidth = 3.5;
    context.strokeStyle = "rgba(255,255,255,.92)";
    context.strokeText(name.name, at.x, at.y);
    context.fillStyle = style.color;
    context.fillText(name.name, at.x, at.y);
  }
}

/** Put names on a map; they follow moves and zooms. */
export function addLabels(map) {
  map.createPane("names").style.zIndex = 590;
  map.getPane("names").style.pointerEvents = "none";
  const canvas = L.DomUtil.create("canvas", "names leaflet-zoom-hide", map.getPane("names"));
  canvas.setAttribute("aria-hidden", "true");
  const source = new Source("/tiles/labels/{z}/{x}/{y}.mvt", { ...window.wanggeTiles.options("labels"), pane: "names" });
  let asked = 0;
  const redraw = () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(() => draw(map, canvas, source));
  };
  source.on("load tileload", redraw);
  map.on("moveend zoomend resize viewreset", redraw);
  source.addTo(map);
  redraw();
}
