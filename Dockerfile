# Two targets:  docker build --target cpu .   and   docker build --target gpu .
# One image for every role: `inspection serve` (the default) and `inspection worker`. docs/operations has how.
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY inspection inspection
COPY api api
COPY training training
RUN python -m venv /opt/inspection \
 && /opt/inspection/bin/pip install --no-cache-dir --no-compile '.[seen,otel]'

FROM build AS build-gpu
# onnxruntime and onnxruntime-gpu are the same module: only one of them may be installed
RUN /opt/inspection/bin/pip uninstall --yes onnxruntime \
 && /opt/inspection/bin/pip install --no-cache-dir --no-compile 'onnxruntime-gpu[cuda,cudnn]>=1.30'

FROM python:3.11-slim AS base
RUN groupadd --system --gid 10001 inspection \
 && useradd --system --uid 10001 --gid 10001 --home-dir /data inspection \
 && install -d -o inspection -g inspection /data
COPY models/lite0-v2 /models/lite0-v2
# OMP_NUM_THREADS: several looks run at once, one thread each makes the most of the cores
ENV PATH=/opt/inspection/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1 \
    INSPECTION_BUNDLE=/models/lite0-v2 INSPECTION_HOME=/data INSPECTION_METRICS_PORT=9464
# by number, so that Kubernetes can see that it is not root
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000 9464
# `serve` answers on 8000; a worker, where nobody listens on 8000, on the port of its metrics
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import os, socket, urllib.request as r; served = socket.socket().connect_ex(('127.0.0.1', 8000)) == 0; r.urlopen(f'http://127.0.0.1:{8000 if served else os.environ[\"INSPECTION_METRICS_PORT\"]}/healthz', timeout=4)"]
# both end on SIGTERM: what was begun is finished, the rest others take over
STOPSIGNAL SIGTERM
CMD ["inspection", "serve", "--host", "0.0.0.0", "--port", "8000"]

FROM base AS gpu
COPY --from=build-gpu /opt/inspection /opt/inspection
ENV INSPECTION_DEVICE=cuda

FROM base AS cpu
COPY --from=build /opt/inspection /opt/inspection
