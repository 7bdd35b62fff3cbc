# One image for every process: docker run inlet web | worker | sweep | simulator | migrate
FROM python:3.13-slim

WORKDIR /inlet
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r requirements.lock

COPY . .
RUN useradd --system inlet && mkdir /data && chown inlet /data
USER inlet
VOLUME /data

ENV INLET_HOME=/data SIMULATOR_HOME=/data/simulator INLET_HOST=0.0.0.0 \
    PYTHONPATH=/inlet PYTHONUNBUFFERED=1
EXPOSE 8000
ENTRYPOINT ["python", "-m", "launch.process"]
CMD ["web"]
