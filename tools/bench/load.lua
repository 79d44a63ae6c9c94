-- Drives ready messages over keep-alive or closing connections (wrk). One body a line in the file BODIES; each thread takes its
-- own lines in order, each line once, but for the last 32; when all are answered the thread writes "done" and stops. What wrk does is not measured.
-- Environment: BODIES, THREADS, REQUEST_PATH, MESSAGE (Lictor-Message hint), CONTENT_TYPE, CLOSE (1: one request a connection), SAMPLES
-- (every SAMPLE_EVERY-th answer is written to SAMPLES.<thread>).
local threads = {}
local kept_back = 32

function setup(thread)
  thread:set("index", #threads)
  table.insert(threads, thread)
end

function init(args)
  local count = tonumber(os.getenv("THREADS"))
  local headers = {
    ["Content-Type"] = os.getenv("CONTENT_TYPE"),
    ["Connection"] = os.getenv("CLOSE") == "1" and "close" or "keep-alive",
  }
  if os.getenv("MESSAGE") then
    headers["Lictor-Message"] = os.getenv("MESSAGE")
    headers["Lictor-Carrier-Key"] = "00112233445566778899aabbccddee" .. string.format("%02x", index)
  end
  wanted_type = os.getenv("ANSWER_TYPE")
  requests = {}
  local number = 0
  for body in io.lines(os.getenv("BODIES")) do
    if number % count == index then
      table.insert(requests, wrk.format("POST", os.getenv("REQUEST_PATH"), headers, body))
    end
    number = number + 1
  end
  promised, sent, answered, wrong, bytes = 0, 0, 0, 0, 0
  first_wrong = ""
  sample_every = tonumber(os.getenv("SAMPLE_EVERY") or "97")
  if os.getenv("SAMPLES") then samples = io.open(os.getenv("SAMPLES") .. "." .. index, "w") end
  total = #requests - kept_back
end

-- Asked before each request: once as many are promised as are to be answered, connections wait for the end.
function delay()
  if promised == total then return 3600000 end
  promised = promised + 1
  return 0
end

-- Asked again when the connection could not take the first: that one is lost, so some are kept back.
function request()
  sent = sent + 1
  return requests[sent] or requests[#requests]
end

function finish()
  if samples then samples:close() end
  io.stdout:write("done\n")
  io.stdout:flush()
end

function response(status, headers, body)
  answered = answered + 1
  bytes = bytes + #body
  local kind = headers["Content-Type"] or headers["content-type"] or ""
  if sent > #requests or status ~= 200 or (wanted_type and kind ~= wanted_type) then
    wrong = wrong + 1
    if first_wrong == "" then first_wrong = status .. " " .. kind .. " " .. body:sub(1, 300) end
  elseif samples and answered % sample_every == 1 then
    samples:write(body, "\n")
  end
  if answered == total then
    finish()
    wrk.thread:stop()
  end
end

function done(summary, latency, requests)
  local answered, wrong, bytes, words = 0, 0, 0, ""
  for _, thread in ipairs(threads) do
    answered = answered + thread:get("answered")
    wrong = wrong + thread:get("wrong")
    bytes = bytes + thread:get("bytes")
    if words == "" then words = thread:get("first_wrong") end
  end
  local errors = summary.errors
  io.stdout:write(string.format("answered %d wrong %d bytes %d socket_errors %d\nfirst_wrong %s\n", answered, wrong, bytes,
    errors.connect + errors.read + errors.write, words:gsub("\n", " ")))
end
