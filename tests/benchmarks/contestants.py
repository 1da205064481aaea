"""The contestants and the backend, each with the same features on and as its manual advises.

L4: PROXY protocol v2 to the backend, a line in a log file for each connection.
L7: X-Forwarded-For, X-Request-ID, kept upstream connections, a line in a log file for each request.
All: workers on every core, no limit on the requests of a connection that would be reached.

Each function starts one contestant in a Stage and gives the address that the load goes to.
"""

import json
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
MANY = 1_000_000_000

# What the backend serves besides the five bytes at /: path → size. The large ones are holes.
FILES = {"1m": 1 << 20, "100m": 100 << 20, "300m": 300 << 20}

# The heap that a proxy of this size would be given; the launcher's options are the product's own.
GATEHOUSE_OPTIONS = "-Xms256m -Xmx256m"


# --- Gatehouse ------------------------------------------------------------------------------------


def gatehouse_l4(stage, load, command="run"):
    """As an operator has it: `dataPlane` is left at auto."""
    l4 = stage.address()
    port = stage.port()
    run_gatehouse(
        stage,
        ["l4"],
        {
            "nodes": {
                "l4": {"role": "l4", "address": l4},
                # The backend takes its place and reads the PROXY header as an L7 node does.
                "l7": {"role": "l7", "address": stage.backend.proxied[0]},
            },
            "services": {"front": {"port": port, "to": "web"}},
            "listeners": {"web": {"port": stage.backend.proxied[1]}},
        },
        command,
    )
    return l4, port


def gatehouse_l7(stage, load):
    l7 = stage.address()
    port = stage.port()
    run_gatehouse(
        stage,
        ["l7"],
        {
            "nodes": {"l7": {"role": "l7", "address": l7}},
            "listeners": {"web": gatehouse_listener(port, load)},
            "pools": {"app": gatehouse_pool(stage.backend, load)},
        },
    )
    return l7, port


def gatehouse_chain(stage, load):
    l4, l7 = stage.address(), stage.address()
    port = stage.port()
    run_gatehouse(
        stage,
        ["l7", "l4"],
        {
            "nodes": {
                "l4": {"role": "l4", "address": l4},
                "l7": {"role": "l7", "address": l7},
            },
            "services": {"front": {"port": port, "to": "web"}},
            "listeners": {"web": gatehouse_listener(stage.port(), load)},
        },
    )
    return l4, port


def gatehouse_listener(port, load):
    listener = {
        "port": port,
        "limits": {"maxRequestsPerConnection": MANY},
        "timeouts": {"keepAlive": "10m"},
    }
    if load.tls:
        listener["tls"] = {"certificates": ["site"]}
    return listener


def gatehouse_pool(backend, load):
    if load.protocol == "grpc":
        return {"endpoints": [socket(backend.h2c)], "protocol": "h2c"}
    return {"endpoints": [socket(backend.plain)]}


def run_gatehouse(stage, nodes, config, command="run"):
    """Runs nodes of one file. What is common to all cases is added; JSON is YAML too.

    command: `run`, or `keep`, which also starts a successor
    """
    config = {
        "cluster": {"port": stage.port(), "network": "local"},
        "certificates": {"site": {"chain": str(stage.chain), "key": str(stage.key)}},
        "routes": [{"pool": "app"}],
        "pools": {"app": {"endpoints": [socket(stage.backend.plain)]}},
    } | config
    if not any("tls" in listener for listener in config["listeners"].values()):
        del config["certificates"]
    for node in nodes:
        stage.admin[node] = stage.address(), stage.port()
        config["nodes"][node]["admin"] = socket(stage.admin[node])
    for node in nodes:
        log = stage.file(f"gatehouse-{node}.access.log")
        own = config | {"process": {"accessLog": str(log)}}
        file = stage.file(f"gatehouse-{node}.yaml")
        file.write_text(json.dumps(own, indent=2))
        stage.run(
            f"gatehouse-{node}",
            [ROOT / "gatehouse", command, file, "--node", node],
            {"GATEHOUSE_JAVA_OPTS": GATEHOUSE_OPTIONS},
        )


# --- HAProxy --------------------------------------------------------------------------------------

# Splicing takes two more descriptors for a pipe, and 20,000 are what a shell may have; the idle
# connections of `l7-idle-memory` are more than 4,000 and have no pipes.
HAPROXY_COMMON = f"""
global
  log stdout format raw local0
  maxconn 6000
  nbthread {os.cpu_count()}
  tune.bufsize 16384
defaults
  log global
  maxconn 6000
  timeout connect 2s
  timeout client 10m
  timeout server 1m
"""


def haproxy_l4(stage, load):
    address = stage.address(), stage.port()
    run_haproxy(
        stage,
        f"""
listen front
  mode tcp
  option tcplog
  option splice-auto
  bind {socket(address)}
  server backend {socket(stage.backend.proxied)} send-proxy-v2
""",
    )
    return address


def haproxy_l7(stage, load):
    address = stage.address(), stage.port()
    run_haproxy(stage, haproxy_http(stage, load, address, ""))
    return address


def haproxy_chain(stage, load):
    first, second = (stage.address(), stage.port()), (stage.address(), stage.port())
    run_haproxy(stage, haproxy_http(stage, load, second, "accept-proxy"), "second")
    run_haproxy(
        stage,
        f"""
listen front
  mode tcp
  option tcplog
  option splice-auto
  bind {socket(first)}
  server second {socket(second)} send-proxy-v2
""",
        "first",
    )
    return first


def haproxy_http(stage, load, address, accept):
    tls = f"ssl crt {stage.bundle}" if load.tls else ""
    if load.protocol != "h1":
        tls += " alpn h2,http/1.1"
    grpc = load.protocol == "grpc"
    server = f"{socket(stage.backend.h2c)} proto h2" if grpc else socket(stage.backend.plain)
    return f"""
listen web
  mode http
  option httplog
  option forwardfor
  http-request set-header X-Request-ID %[uuid()]
  http-reuse always
  bind {socket(address)} {accept} {tls}
  server backend {server}
"""


def run_haproxy(stage, text, name="only"):
    file = stage.file(f"haproxy-{name}.cfg")
    file.write_text(HAPROXY_COMMON + text)
    stage.run(f"haproxy-{name}", ["haproxy", "-db", "-f", file])


# --- nginx ----------------------------------------------------------------------------------------


def nginx_l4(stage, load):
    address = stage.address(), stage.port()
    run_nginx(
        stage,
        "nginx",
        f"""
stream {{
  log_format connection '$time_iso8601 $remote_addr $status $bytes_sent $session_time';
  access_log {stage.file("nginx.access.log")} connection buffer=64k flush=1s;
  upstream backend {{ server {socket(stage.backend.proxied)}; }}
  server {{
    listen {socket(address)} reuseport backlog=4096;
    proxy_pass backend;
    proxy_protocol on;
  }}
}}
""",
    )
    return address


def nginx_l7(stage, load):
    address = stage.address(), stage.port()
    tls = (
        f"ssl_certificate {stage.chain}; ssl_certificate_key {stage.key};"
        "ssl_protocols TLSv1.2 TLSv1.3;"  # 1.22 would leave out the latter
        if load.tls
        else ""
    )
    http2 = "" if load.protocol == "h1" else "http2"
    grpc = load.protocol == "grpc"
    run_nginx(
        stage,
        "nginx",
        f"""
http {{
  {temp_paths(stage, "nginx")}
  log_format request '$time_iso8601 $remote_addr "$request" $status $body_bytes_sent '
    '$request_time $upstream_response_time $request_id';
  access_log {stage.file("nginx.access.log")} request buffer=64k flush=1s;
  keepalive_requests {MANY};
  keepalive_timeout 10m;
  upstream backend {{
    server {socket(stage.backend.h2c if grpc else stage.backend.plain)};
    keepalive 512;
    keepalive_requests {MANY};
  }}
  server {{
    listen {socket(address)} {"ssl" if load.tls else ""} {http2} reuseport backlog=4096;
    {tls}
    location / {{
      {NGINX_GRPC if grpc else NGINX_PROXY}
    }}
  }}
}}
""",
    )
    return address


NGINX_PROXY = """
      proxy_pass http://backend;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Request-ID $request_id;
      proxy_max_temp_file_size 0;
"""
NGINX_GRPC = """
      grpc_pass grpc://backend;
      grpc_set_header X-Forwarded-For $remote_addr;
      grpc_set_header X-Request-ID $request_id;
"""


def backend(stage, plain, proxied, h2c):
    """The origin: five bytes at /, and FILES; each also behind a PROXY header.

    By HTTP/2 it answers in a gRPC server's frames: headers, 37 bytes, and a status in the trailers.
    """
    root = stage.file("site")
    root.mkdir()
    for name, size in FILES.items():
        with open(root / name, "wb") as file:
            file.write(bytes(range(256)) * 4096)
            file.truncate(size)
    run_nginx(
        stage,
        "backend",
        f"""
http {{
  {temp_paths(stage, "backend")}
  access_log off;
  sendfile on;
  tcp_nopush on;
  open_file_cache max=16;
  keepalive_requests {MANY};
  server {{
    listen {socket(plain)} reuseport backlog=4096;
    listen {socket(proxied)} proxy_protocol reuseport backlog=4096;
    root {root};
    location = / {{ return 200 "hello"; }}
  }}
  server {{
    listen {socket(h2c)} http2 reuseport backlog=4096;
    add_trailer grpc-status 0;
    default_type application/grpc;
    location / {{ return 200 "as long as the message that was asked"; }}
  }}
}}
""",
    )


def run_nginx(stage, name, text):
    module = pathlib.Path("/usr/lib/nginx/modules/ngx_stream_module.so")
    load_module = f"load_module {module};" if module.exists() and "stream {" in text else ""
    file = stage.file(f"{name}.conf")
    file.write_text(
        f"""{load_module}
worker_processes auto;
daemon off;
pid {stage.file(name + ".pid")};
events {{ worker_connections 8000; }}
{text}"""
    )
    stage.run(name, ["nginx", "-p", stage.directory, "-e", "stderr", "-c", file])


def temp_paths(stage, name):
    kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    return " ".join(f"{kind}_temp_path {stage.file(f'{name}-{kind}')};" for kind in kinds)


def socket(address):
    return f"{address[0]}:{address[1]}"
