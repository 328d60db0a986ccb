-- Posts events with ids of their own; prints one line of JSON at the end.
local per_request = tonumber(os.getenv("BENCH_EVENTS")) or 1
local run = os.getenv("BENCH_RUN") or "run"
local key = os.getenv("BENCH_KEY") or ""
local epoch_ms = tonumber(os.getenv("BENCH_EPOCH_MS")) or 0
local form = os.getenv("BENCH_EVENT")

local n_threads = 0
function setup(thread)
  n_threads = n_threads + 1
  thread:set("thread_number", n_threads)
end

local counter = 0
local headers = { ["Content-Type"] = "application/json" }
local bodies = {}

function init(_)
  if key ~= "" then headers["Authorization"] = "Bearer " .. key end
end

local function event()
  counter = counter + 1
  local id = run .. "-" .. thread_number .. "-" .. counter
  return string.format(form, id, epoch_ms + counter % 1000, counter % 5000, counter % 300)
end

function request()
  if per_request == 1 then
    return wrk.format("POST", nil, headers, event())
  end
  for place = 1, per_request do bodies[place] = event() end
  return wrk.format("POST", nil, headers, "[" .. table.concat(bodies, ",", 1, per_request) .. "]")
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"p50_ms":%.3f,"p99_ms":%.3f,"errors":%d}\n',
    summary.requests - errors.status, summary.duration / 1e6, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
