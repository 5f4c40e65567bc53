# Framekeep without its window, and all else that compose.yaml starts: docs/scale.md says how to use it.
FROM rust:1.95-slim-bookworm AS build
# The libraries of the window are loaded when it is opened, which is never.
RUN apt-get update \
    && apt-get install -y --no-install-recommends gcc libc6-dev libclang1-14 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /framekeep
COPY Cargo.toml Cargo.lock ./
COPY assets assets
COPY benches benches
COPY docs docs
COPY web web
COPY src src
RUN cargo build --release --locked --bin framekeep

FROM debian:12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates ffmpeg redis-server redis-tools \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /data framekeep \
    && install -d -m 700 -o framekeep -g framekeep /data /frames /queue /run/framekeep
COPY --from=build /framekeep/target/release/framekeep /usr/local/bin/framekeep
# A volume that is new begins with what lies in its place here; what is changed in it stays.
COPY --chown=framekeep:framekeep assets/container/settings.toml /data/settings.toml
USER framekeep
ENTRYPOINT ["framekeep"]
CMD ["serve", "--data-dir", "/data", "--save-dir", "/frames"]
