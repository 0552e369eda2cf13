// Where the device is, asked once for one step; nothing is kept and nothing is watched.
import { t } from "./i18n.js";

const ANSWER_MS = 20000;

/** {lon, lat, coord_sys, accuracy_m}; every failure in words. */
export const here = () => new Promise((done, fail) => {
  if (!window.isSecureContext) fail(new Error(t("act.insecure")));
  else if (!navigator.geolocation) fail(new Error(t("act.unsupported")));
  else navigator.geolocation.getCurrentPosition(({ coords }) => done({ lon: coords.longitude, lat: coords.latitude, coord_sys: "wgs84", accuracy_m: coords.accuracy }),
    () => fail(new Error(t("act.no_fix"))), { enableHighAccuracy: true, timeout: ANSWER_MS, maximumAge: 0 });
});
