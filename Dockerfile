# One image for every process: docker run inlet web | worker | sweep | simulator | migrate
FROM python:3.13-slim

WORKDIR /inlet
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes --no-deps --only-binary :all: -r requirements.lock

COPY . .
# Migrations and pages are read, never written: the process owns nothing but /data.
RUN useradd --system --no-create-home inlet && mkdir /data && chown inlet /data
USER inlet
VOLUME /data

ENV INLET_HOME=/data SIMULATOR_HOME=/data/simulator INLET_HOST=0.0.0.0 \
    PYTHONPATH=/inlet PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
EXPOSE 8000
# A container is stopped with SIGTERM, which every process takes as its end.
ENTRYPOINT ["python", "-m", "launch.process"]
CMD ["web"]
