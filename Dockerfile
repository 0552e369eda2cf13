# The web tier in a container; docker-compose.yml puts PostGIS and the proxy beside it.
FROM node:20-bookworm-slim AS web
WORKDIR /build
COPY web/package.json web/package-lock.json web/.npmrc web/
RUN cd web && npm ci --ignore-scripts --no-audit --no-fund
COPY scripts/vendor_assets.py scripts/
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-minimal \
 && python3 scripts/vendor_assets.py && rm -rf /var/lib/apt/lists/*

FROM python:3.11-slim-bookworm
# numba and osmium load the first two at run time; the rest makes the PDF report, with its Chinese font
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends libexpat1 libgomp1 \
 libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --create-home --home-dir /home/wangge --shell /usr/sbin/nologin wangge
WORKDIR /srv/wangge
COPY requirements.lock ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY gis gis
COPY layers layers
COPY api api
COPY sample_data sample_data
COPY web web
COPY --from=web /build/web/vendor web/vendor
RUN mkdir .wangge && chown wangge: .wangge
ENV PYTHONUTF8=1 PYTHONUNBUFFERED=1 NUMBA_CACHE_DIR=/srv/wangge/.wangge/numba
USER wangge
VOLUME /srv/wangge/.wangge
HEALTHCHECK --interval=10s --timeout=5s --start-period=300s --retries=6 CMD \
  ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "gis.cli"]
CMD ["serve"]
