-- For wrk: the lines of a file in turn, each a media type and a path, with a comment where a text is given that makes it distinct.
local accepts, paths, distinct, at = {}, {}, "", 0

function init(args)
  for line in io.lines(args[1]) do
    accepts[#accepts + 1], paths[#paths + 1] = line:match("^(%S+) (%S+)$")
  end
  distinct = args[2] or ""
end

function request()
  at = at + 1
  local which = (at - 1) % #paths + 1
  local path = paths[which]
  if distinct ~= "" then path = path .. "%0A%23%20" .. distinct .. "-" .. at end
  return wrk.format("GET", path, {["Accept"] = accepts[which], ["Host"] = wrk.headers["Host"]})
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "errors": %d, "lost": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
