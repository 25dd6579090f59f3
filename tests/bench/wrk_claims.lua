-- Posts one claim a request: a line of FILE is a session token and the wish that its member claims.
local lines, position = {}, 0
function init(args)
  for line in io.lines(args[1]) do lines[#lines + 1] = line end
end
function request()
  position = position + 1
  local token, wish = lines[(position - 1) % #lines + 1]:match("^(%S+) (%S+)$")
  local headers = {["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. token}
  return wrk.format("POST", nil, headers, '{"wish_id":"' .. wish .. '"}')
end
local threads = {}
function setup(thread) table.insert(threads, thread) end
local counts = {}
function response(status) counts[status] = (counts[status] or 0) + 1; answered = (answered or 0) + 1
  won = (won or 0) + ((status == 200 or status == 201) and 1 or 0)
  failed = (failed or 0) + (status >= 500 and 1 or 0) end
function done(summary, latency)
  local answered, won, failed = 0, 0, 0
  for _, thread in ipairs(threads) do
    answered = answered + (thread:get("answered") or 0)
    won = won + (thread:get("won") or 0)
    failed = failed + (thread:get("failed") or 0)
  end
  io.write(string.format("RESULT %d %d %d %d %.3f\n", answered, won, failed, summary.duration / 1000,
    latency:percentile(99) / 1000))
end
