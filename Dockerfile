# The server with everything in it, for PostgreSQL as well. Build: docker build -t flext-quality .
#
# The base is pinned by name and content. A newer one: take the exact tag, ask
#   docker buildx imagetools inspect python:3.13.15-slim-bookworm
# for its digest, and change both here. Other images by content: append @sha256:… in compose.yaml as well.
ARG PYTHON=python:3.13.15-slim-bookworm@sha256:2325bb286ec344af3e5898cc224b5844e2707ac6e26b1632516fd3edc84a5e26

FROM ${PYTHON} AS build
# One time in all files makes the same input the same bytes; Python then writes hashes, not times, into its bytecode.
ENV SOURCE_DATE_EPOCH=1577836800 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    UV_LINK_MODE=copy
WORKDIR /src
# From what changes least to what changes most. All versions are pinned by hash.
COPY requirements/build.txt requirements/
RUN python -m venv /opt/build \
    && /opt/build/bin/python -m pip install --require-hashes --requirement requirements/build.txt
COPY requirements/runtime.txt requirements/
RUN python -m venv --without-pip /opt/flext-quality \
    && /opt/build/bin/uv pip install --python /opt/flext-quality/bin/python --compile-bytecode \
        --require-hashes --requirement requirements/runtime.txt
COPY pyproject.toml README.md LICENSE CHANGELOG.md ./
COPY clients/python clients/python
COPY server server
RUN /opt/build/bin/uv build --no-build-isolation --python /opt/build/bin/python --wheel --out-dir /wheels clients/python \
    && /opt/build/bin/uv build --no-build-isolation --python /opt/build/bin/python --wheel --out-dir /wheels . \
    && /opt/build/bin/uv pip install --python /opt/flext-quality/bin/python --compile-bytecode \
        --no-index --no-deps /wheels/*.whl

FROM ${PYTHON}
LABEL org.opencontainers.image.title="FLEXT Quality" \
    org.opencontainers.image.description="Code quality as a gRPC service" \
    org.opencontainers.image.licenses="MIT"
# Reports as PDF need a font.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-dejavu-core=2.37-6 \
    && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log
RUN groupadd --gid 10001 quality \
    && useradd --uid 10001 --gid quality --home-dir /var/lib/flext-quality --no-create-home \
        --shell /usr/sbin/nologin quality \
    && install --directory --owner=quality --group=quality --mode=0700 /var/lib/flext-quality
COPY --from=build /opt/flext-quality /opt/flext-quality
# Production refuses to start until it is told that its network is trusted, and has a key for secrets.
ENV PATH=/opt/flext-quality/bin:/usr/local/bin:/usr/bin:/bin \
    FLEXT_API_ENVIRONMENT=production \
    FLEXT_API_API_HOST=0.0.0.0 \
    FLEXT_API_DATA_DIR=/var/lib/flext-quality \
    FLEXT_API_OBSERVABILITY__HTTP_HOST=0.0.0.0 \
    FLEXT_API_OBSERVABILITY__HTTP_PORT=9464 \
    FLEXT_API_OBSERVABILITY__LOG_FORMAT=json
USER 10001:10001
WORKDIR /var/lib/flext-quality
VOLUME /var/lib/flext-quality
EXPOSE 50051 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["flext-quality", "health"]
ENTRYPOINT ["flext-quality"]
CMD ["serve"]
