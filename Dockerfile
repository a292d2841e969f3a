# docker build -t anomalens .                                     for the CPU
# docker build -t anomalens --build-arg TORCH_BUILD=cu130 .       for NVIDIA GPUs: any CUDA build that PyTorch offers
ARG PYTHON=3.13

FROM python:${PYTHON}-slim-bookworm AS build
ARG TORCH_BUILD=cpu
ENV PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PATH=/opt/venv/bin:$PATH
WORKDIR /app
RUN python -m venv /opt/venv
# PyTorch's own index has the builds for one kind of device; the package index's would bring CUDA along.
COPY constraints.txt ./
RUN pip install --no-deps --index-url "https://download.pytorch.org/whl/${TORCH_BUILD}" "$(grep '^torch==' constraints.txt)"
# The libraries come before the code, so that a change of the code does not install them again.
COPY pyproject.toml README.md LICENSE ./
RUN mkdir core dashboard pages assets \
    && pip install --constraint constraints.txt --editable '.[formats,postgres,s3]'
COPY core core
COPY dashboard dashboard
COPY pages pages
COPY assets assets
RUN pip install --no-deps --editable . \
    && python -m compileall -q core dashboard pages

FROM python:${PYTHON}-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ANOMALENS_HOME=/data
RUN useradd --uid 10001 --create-home anomalens \
    && install --directory --owner=anomalens --group=anomalens /data
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
USER 10001
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://localhost:8501/_stcore/health', timeout=4)"]
CMD ["anomalens", "--host", "0.0.0.0", "--port", "8501"]
