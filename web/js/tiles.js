// Styles of the vector tiles; a classic script, because folium's script asks for them while the page loads.
"use strict";

(function () {
  // VectorGrid 1.3.0 calls a function that Leaflet 1.8 renamed.
  L.DomEvent.fakeStop = L.DomEvent.fakeStop || L.DomEvent.stop;

  // Leaflet 1.9 redraws at the map's own zoom; between two levels that names tiles that do not exist.
  const clampZoom = L.GridLayer.prototype._clampZoom;
  L.GridLayer.prototype._clampZoom = function (zoom) {
    return Math.round(clampZoom.call(this, zoom));
  };

  // A tile that cannot be fetched is an empty tile, not an error of the page.
  const fetchTile = L.VectorGrid.Protobuf.prototype._getVectorTilePromise;
  L.VectorGrid.Protobuf.prototype._getVectorTilePromise = function (coords) {
    return fetchTile.call(this, coords).catch(() => ({ layers: {} }));
  };

  const NONE = [];

  function barrier(properties, zoom) {
    const kind = properties.kind;
    if (kind === "river" || kind === "water") {
      return properties.d === 2
        ? { fill: true, fillColor: "#b9d4e6", fillOpacity: 1, color: "#8fb4cd", weight: 1 }
        : { color: "#9fc3da", weight: zoom > 14 ? 6 : 3, opacity: 1 };
    }
    if (kind === "railway") {
      return [
        { color: "#7d8791", weight: zoom > 14 ? 4 : 2.5, opacity: 1 },
        { color: "#ffffff", weight: zoom > 14 ? 2 : 1, dashArray: "8 8", opacity: 1 },
      ];
    }
    if (kind === "wall") return { color: "#8d7c6c", weight: 1.2, dashArray: "5 2", opacity: 0.9 };
    return { color: "#c58f4a", weight: 2, opacity: 0.9 };
  }

  const WIDTH = { 1: [2, 3, 4, 6, 9, 12, 16], 2: [1.2, 2, 3, 4.5, 7, 9, 12], 3: [0.6, 1, 1.6, 3, 5, 7, 9], 4: [0.4, 0.5, 0.7, 1, 1.6, 2, 2.5] };

  function street(properties, zoom) {
    const width = WIDTH[properties.c][Math.max(0, Math.min(6, Math.round(zoom) - 12))];
    if (properties.c === 4) return { color: "#b9a894", weight: width, dashArray: "3 3", opacity: 0.9 };
    const casing = { color: properties.bridge ? "#6f7a85" : "#cbd2d8", weight: width + 1.4, opacity: 1, lineCap: "butt" };
    return zoom < 14 ? { color: "#ffffff", weight: width, opacity: 1 } : [casing, { color: "#ffffff", weight: width, opacity: 1 }];
  }

  function building(properties, zoom) {
    return {
      fill: true, fillOpacity: 1, fillColor: properties.home ? "#ddd8cf" : "#e3e2df",
      color: "#c3beb5", weight: zoom >= 16 ? 0.8 : 0.3,
    };
  }

  /** The class of a count: 0 for none, else the number of lower bounds it reaches. */
  function classOf(count, breaks) {
    return breaks.filter((bound) => count >= bound).length;
  }

  function grid(properties, zoom) {
    const strength = zoom >= 17 ? 0.18 : zoom >= 16 ? 0.32 : 0.62; // close up, streets and buildings matter more
    const found = classOf(properties.n, window.wangge.config.breaks || []);
    return {
      fill: true, weight: 1, color: "#5d4a36", opacity: 0.55,
      fillColor: found ? `url(#class-${found})` : "#ffffff", fillOpacity: found ? strength : 0.06,
    };
  }

  function bound(properties, zoom) {
    if (properties.level === "community") return { color: "#41566b", weight: zoom > 14 ? 1.8 : 1.2, dashArray: "7 4", opacity: 0.75, fill: false };
    return { color: "#27394b", weight: properties.level === "district" ? 3 : 2.2, dashArray: "12 4 2 4", opacity: 0.85, fill: false };
  }

  // Hatching on a canvas: a fill style may be a pattern there.
  function hatch(ground, stroke, cross) {
    const side = 8, tile = document.createElement("canvas");
    tile.width = tile.height = side;
    const context = tile.getContext("2d");
    context.fillStyle = ground;
    context.fillRect(0, 0, side, side);
    context.strokeStyle = stroke;
    context.lineWidth = 1.4;
    context.beginPath();
    for (const shift of [-side, 0, side]) {
      context.moveTo(shift, side);
      context.lineTo(shift + side, 0);
      if (cross) {
        context.moveTo(shift, 0);
        context.lineTo(shift + side, side);
      }
    }
    context.stroke();
    return context.createPattern(tile, "repeat");
  }

  // Status of a building in the coverage tiles: plain is covered, hatched is not, crossed is without a way.
  const COVERAGE = {
    1: () => ({ fillColor: "#2f8a63", color: "#1c5c41", weight: 0.6 }),
    2: () => ({ fillColor: "#9bc7a6", color: "#1c5c41", weight: 1.2, dashArray: "3 2" }),
    0: () => ({ fillColor: hatch("#f0a45d", "#8a3d06", false), color: "#7c3506", weight: 1 }),
    3: () => ({ fillColor: hatch("#c9ced4", "#4c5661", true), color: "#3d4650", weight: 1 }),
  };
  const made = {};

  function coverage(properties) {
    const status = COVERAGE[properties.s] ? properties.s : 3;
    made[status] = made[status] || Object.assign({ fill: true, fillOpacity: 1, opacity: 1 }, COVERAGE[status]());
    return made[status];
  }

  const LAYERS = {
    base: { styles: { barriers: barrier, streets: street, buildings: building }, renderer: "canvas", zIndex: 1 },
    grids: { styles: { grids: grid }, renderer: "svg", zIndex: 3, interactive: true, key: "code", minZoom: 10 },
    bounds: { styles: { bounds: bound }, renderer: "svg", zIndex: 4 },
    coverage: { styles: { coverage: coverage }, renderer: "canvas", zIndex: 5, interactive: true, key: "code", minZoom: 11 },
    labels: { styles: { areas: NONE, places: NONE, streetnames: NONE }, renderer: "svg", zIndex: 2 },
  };

  window.wanggeTiles = {
    classOf: classOf,
    styles: COVERAGE,
    /** Options of L.vectorGrid.protobuf for a layer of ours. */
    options: function (name) {
      const layer = LAYERS[name];
      return {
        vectorTileLayerStyles: layer.styles,
        rendererFactory: layer.renderer === "canvas" ? L.canvas.tile : L.svg.tile,
        interactive: Boolean(layer.interactive),
        getFeatureId: layer.key ? (feature) => feature.properties[layer.key] : undefined,
        zIndex: layer.zIndex,
        minZoom: layer.minZoom || 9,
        maxZoom: 19,
        maxNativeZoom: 19,
        keepBuffer: 2,
        fetchOptions: { credentials: "same-origin" },
      };
    },
  };
})();
