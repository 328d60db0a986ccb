// @ts-check
/**
 * Footfall's tracker: what people do on a page, sent to a Footfall server. No cookie, and no id
 * unless `footfall.consent(true)` was called.
 *
 *     <script defer src="https://stats.example/footfall.js" data-key="ffw_…">
 *     footfall("signup", { plan: "pro" })
 *
 * The server serves it shrunk (server/shrink.py), with its own path in place of ENDPOINT. For that,
 * every statement ends with a semicolon, and texts in backquotes hold no other texts.
 *
 * @typedef {Record<string, unknown>} Properties
 * @typedef {object} FootfallEvent An event as the server takes it.
 * @property {string} name
 * @property {string} event_id
 * @property {number} timestamp milliseconds since 1970 by the browser's clock
 * @property {string} url
 * @property {string} path
 * @property {string} title
 * @property {string} [referrer]
 * @property {string} language
 * @property {string} [distinct_id]
 * @property {string} [anonymous_id] who `distinct_id` was before, on `identify`
 * @property {boolean} [is_bot]
 * @property {Properties} [properties]
 * @typedef {object} Options Those of the script tag, where `data-` stands in front.
 * @property {string} [key] write key of the source
 * @property {string} [url] where events are sent
 * @property {string} [auto] what is captured without being asked for
 * @property {string} [hash] the part after # is a page of its own
 * @property {string} [query] names in a page's query that are sent besides those of campaigns, `*` for all
 * @property {string} [exclude] paths of which nothing is sent, `*` for any text
 * @property {string} [respectDnt] "false" to capture in spite of DNT and GPC
 * @property {string} [sample] share of page loads that is captured, 0 to 1
 */
(() => {
  /** @type {any} */
  const root = window;
  // A page that loads the script twice counts once.
  if (root.footfall?.consent) return;

  const ENDPOINT = "/v1/events";
  const AUTO = "pageviews,outbound,downloads,forms,scroll,engagement,vitals,errors,media";
  const FILES = /\.(7z|avi|csv|dmg|docx?|epub|exe|gz|iso|mp[34]|mpe?g|msi|ods|odt|pdf|pkg|pptx?|rar|rtf|tar|txt|wav|xlsx?|zip)$/i;
  // Those by which the server knows a campaign; all else in a query may be anybody's secret.
  const CAMPAIGN = "utm_*,*clid,msclkid,*braid,li_fat_id";
  const ID = "footfall.id";
  const USER = "footfall.user";
  const QUEUE = "footfall.queue.";
  const MARK = "data-footfall-";
  const MOST_ERRORS = 10;
  // Browsers let a page leave at most 64 KiB behind in requests that outlive it.
  const LIMIT = 60000;
  const MOST_KEPT = 262144;
  // The server knows a repeated event for seven days.
  const KEPT_FOR = 6 * 86400000;

  /** @type {any[][]} Calls from before the start. */
  const early = [...(root.footfall?.q || [])];
  const script = /** @type {HTMLScriptElement | null} */ (
    document.currentScript || document.querySelector("script[data-key]")
  );
  /** @type {boolean | undefined} False where the visitor's browser says no. */
  let isOn;
  let isSampled = true;
  /** @type {Options} */
  let options;
  /** @type {URL} */
  let endpoint;
  /** @type {FootfallEvent[]} */
  let buffer = [];
  let here = { url: "", path: "" };
  /** @type {string} The whole address of the page that was entered last. */
  let seen;
  /** @type {string} */
  let referrer;
  /** @type {FootfallEvent | undefined} The page view whose title may still change. */
  let view;
  /** @type {string | undefined} */
  let user;
  let flushing = 0;
  let retrying = 0;
  let resizing = 0;
  let failures = 0;
  let onTheWay = 0;
  let depth = 0;
  let active = 0;
  let tracked = 0;
  let since = 0;
  /** @type {(() => void) | undefined} */
  let reportVitals;

  /** @type {Record<string, string>} Memory alone where storage is forbidden. */
  let box = {};
  try {
    box = localStorage || box;
  } catch {}

  /** @param {string} types @param {(event: any) => void} handler */
  const on = (types, handler) =>
    types.split(" ").forEach((type) => addEventListener(type, handler, true));

  /** @param {string} name */
  const wants = (name) => (options.auto ?? AUTO).includes(name);

  const newId = () =>
    [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join("");

  /** @param {number} value @param {number} [digits] */
  const round = (value, digits) => +value.toFixed(digits);

  /** @param {string | null | undefined} text */
  const bare = (text) => text?.split(/[?#]/)[0] || undefined;

  /** @param {string | undefined} patterns @param {string} text */
  const fits = (patterns, text) =>
    patterns?.split(/, */).some((pattern) =>
      RegExp(`^${pattern.replace(/\W/g, "\\$&").replace(/\\\*/g, ".*")}$`).test(text),
    );

  /** The address with those parts of its queries that may be sent. @param {string} address */
  const shown = (address) =>
    address.replace(/\?[^#]*/g, (query) =>
      query
        .replace(/.([^=&]*)[^&]*/g, (part, name) => (name && fits([CAMPAIGN, options.query] + "", name) ? part : ""))
        .replace(/^./, "?"),
    );

  /** @param {string} text */
  const bytes = (text) => new Blob([text]).size;

  /** @param {string} name @param {Properties} [properties] @param {Partial<FootfallEvent>} [more] */
  const track = (name, properties, more) => {
    if (!isSampled || fits(options.exclude, here.path)) return;
    /** @type {FootfallEvent} */
    const event = {
      name,
      // Events of one millisecond are put in order by their ids.
      event_id: (1e6 + tracked++).toString(36) + newId(),
      timestamp: Date.now(),
      ...here,
      title: document.title,
      referrer: referrer || undefined,
      language: navigator.language,
      distinct_id: user || box[USER] || box[ID],
      is_bot: navigator.webdriver || undefined,
      properties: options.sample ? { ...properties, sample: +options.sample } : properties,
      ...more,
    };
    buffer.push(event);
    flushing ||= setTimeout(flush, 1000);
    return event;
  };

  // Titles of single-page applications come after their addresses.
  const settleTitle = () => {
    if (view) view.title = document.title;
    view = undefined;
  };

  /** @param {boolean} [isLeaving] */
  const flush = (isLeaving) => {
    clearTimeout(flushing);
    flushing = 0;
    settleTitle();
    if (buffer[0]) send(buffer.splice(0), isLeaving);
  };

  /** @param {FootfallEvent[]} events @param {boolean} [isLeaving] */
  const send = async (events, isLeaving) => {
    const body = JSON.stringify(events);
    const half = events.length >> 1;
    if (half && bytes(body) > LIMIT) {
      send(events.slice(0, half), isLeaving);
      send(events.slice(half), isLeaving);
      return;
    }
    const isUnsure = failures || !navigator.onLine || (isLeaving && onTheWay + bytes(body) > LIMIT);
    if (isUnsure || !(await post(body))) keep(body, events);
  };

  /**
   * Whether the server took the events or refused them for good.
   *
   * The body goes as text/plain, for which no browser asks the server first.
   * @param {string} body
   */
  const post = async (body) => {
    let status = 500;
    onTheWay += bytes(body);
    endpoint.searchParams.set("sent_at", "" + Date.now());
    try {
      const answer = await fetch(endpoint, {
        method: "POST",
        body,
        credentials: "omit",
        keepalive: onTheWay <= LIMIT,
        signal: AbortSignal.timeout?.(20000),
      });
      status = answer.status;
      // As long as it is not read, Chromium counts the request as one that is on its way.
      await answer.text();
    } catch {}
    onTheWay -= bytes(body);
    const isDone = status < 500 && status != 429 && status != 408;
    failures = isDone ? 0 : failures + 1;
    return isDone;
  };

  const kept = () => Object.keys(box).filter((key) => key.startsWith(QUEUE)).sort();

  /** @param {string} body @param {FootfallEvent[]} events */
  const keep = (body, events) => {
    try {
      // A key of its own for each body: tabs share the storage, and none may undo another's change.
      box[QUEUE + Date.now() + "." + newId()] = body;
      let room = MOST_KEPT;
      for (const key of kept().reverse()) if ((room -= box[key].length) < 0) delete box[key];
    } catch {
      // The site has filled its storage.
      buffer = [...events, ...buffer].slice(-100);
    }
    retry();
  };

  const retry = () => {
    retrying ||= setTimeout(drain, Math.min(2 ** failures, 300) * (500 + 1000 * Math.random()));
  };

  const drain = () => {
    clearTimeout(retrying);
    retrying = 0;
    if (!navigator.onLine) return retry();
    // One tab at a time; a body that is sent twice all the same is known by its event_ids.
    if (navigator.locks) navigator.locks.request(QUEUE, sendKept).catch(sendKept);
    else sendKept();
  };

  const sendKept = async () => {
    for (const key of kept()) {
      const isOld = Date.now() - parseInt(key.slice(QUEUE.length)) > KEPT_FOR;
      // Another tab may have sent it meanwhile.
      if (box[key] && !isOld && !(await post(box[key]))) return retry();
      delete box[key];
    }
    failures = 0;
    flush();
  };

  /** Count the time since the last look as engaged if it was. */
  const look = () => {
    const moment = performance.now();
    if (since) active += moment - since;
    since = !document.hidden && document.hasFocus() ? moment : 0;
  };

  const reportEngagement = () => {
    look();
    const seconds = round(active / 1000, 1);
    if (seconds && wants("engagement")) track("engagement", { seconds });
    active = 0;
  };

  const fragment = () => (options.hash == null ? "" : location.hash);

  const address = () => location.origin + location.pathname + location.search + fragment();

  const place = () => {
    seen = address();
    here = { url: shown(seen), path: shown(location.pathname + fragment()) };
  };

  const enter = () => {
    depth = 0;
    if (wants("pageviews")) view = track("page_view");
  };

  const move = () => {
    if (address() == seen) return;
    settleTitle();
    reportEngagement();
    referrer = here.url;
    place();
    enter();
  };

  const leave = () => {
    reportVitals?.();
    reportEngagement();
    // Some browsers tell only then that the page is out of sight: time from here on is nobody's.
    since = 0;
    flush(true);
  };

  const watchPage = () => {
    for (const method of /** @type {const} */ (["pushState", "replaceState"])) {
      const original = history[method];
      history[method] = function (...given) {
        original.apply(this, given);
        move();
      };
    }
    on("popstate hashchange", move);
    on("pageshow", (event) => event.persisted && enter());
    on("focus blur", look);
    on("visibilitychange", () => (document.hidden ? leave() : look()));
    // Not every browser tells that a page which is left goes out of sight as well.
    on("pagehide", leave);
    on("online", drain);
  };

  /** @param {Element | null} element */
  const trackMarked = (element) => {
    if (!element) return;
    /** @type {Properties} */
    const properties = {};
    for (const { name, value } of element.attributes)
      if (name.startsWith(MARK + "prop-")) properties[name.slice(19).replace(/-/g, "_")] = value;
    track(element.getAttribute(MARK + "event") || "", properties);
  };

  const watchClicks = () => {
    on("click auxclick", ({ target, button }) => {
      // The right button only opens a menu; a click may also fall on the document itself.
      if (button > 1 || !target.closest) return;
      trackMarked(target.closest("[" + MARK + "event]:not(form)"));
      const link = target.closest("a[href]") || {};
      if (!/^http/.test(link.protocol)) return;
      if (wants("downloads") && (link.hasAttribute("download") || FILES.test(link.pathname)))
        track("download", { url: bare(link.href) });
      else if (wants("outbound") && link.host != location.host)
        track("outbound_click", { url: shown(link.href) });
    });
    on("submit", ({ target }) => {
      trackMarked(target.closest("form[" + MARK + "event]"));
      // An input's name may hide the form's own property of that name.
      const value = (/** @type {string} */ name) => bare(target.getAttribute(name));
      if (wants("forms")) track("form_submit", { form: value("id") || value("name"), action: value("action") });
    });
  };

  const watchWindow = () => {
    on("scroll", () => {
      const { scrollHeight } = document.documentElement;
      const reached = Math.floor(((scrollY + innerHeight + 1) / scrollHeight) * 4) * 25;
      if (reached > depth && wants("scroll")) track("scroll", { depth: (depth = Math.min(reached, 100)) });
    });
    on("resize", () => {
      clearTimeout(resizing);
      if (wants("resize"))
        resizing = setTimeout(() => track("resize", { width: innerWidth, height: innerHeight }), 500);
    });
  };

  const watchErrors = () => {
    /** @type {Set<string>} */
    const seen = new Set();
    on("error unhandledrejection", (event) => {
      const { reason, error = reason, message = error?.message || error } = event;
      const [, source = event.filename, line = event.lineno] =
        /(\w+:\/\/\S+?):(\d+):\d+/.exec(error?.stack) || [];
      const properties = { message: `${message}`.slice(0, 500), source: bare(source), line: +line || undefined };
      const key = JSON.stringify(properties);
      // What cannot be loaded, such as an image, comes here as well and has no message.
      if (!message || seen.has(key) || seen.size >= MOST_ERRORS) return;
      seen.add(key);
      track("error", properties);
    });
  };

  const watchMedia = () => {
    /** @type {WeakMap<object, number>} */
    const heard = new WeakMap();
    on("play pause seeked ended timeupdate loadstart", ({ type, target }) => {
      const { currentTime, duration, currentSrc } = target;
      const percent = Math.floor((currentTime / duration) * 4) * 25;
      const properties = { url: bare(currentSrc), position: round(currentTime, 1), duration: round(duration, 1) };
      if (type == "loadstart") heard.delete(target);
      // Silent loops are decoration, and a pause at the end is the end.
      else if ((target.loop && target.muted) || (type == "pause" && target.ended)) return;
      else if (type != "timeupdate") track("media_" + type, properties);
      else if (percent > (heard.get(target) || 0) && percent < 100) {
        heard.set(target, percent);
        track("media_progress", { ...properties, percent });
      }
    });
  };

  /** Largest paint, layout shift, slowest interaction: https://web.dev/articles/vitals. */
  const watchVitals = () => {
    /** @type {any} */
    const loaded = performance.getEntriesByType("navigation")[0] || {};
    const { responseStart, activationStart = 0 } = loaded;
    const landing = here;
    /** @type {Record<string, number>} */
    const values = { ttfb: round(Math.max(0, responseStart - activationStart)) };
    /** @type {Record<string, number>} */
    const interactions = {};
    /** @type {(() => void)[]} */
    const rest = [];
    let shift = 0;
    let shiftStart = 0;
    let shiftEnd = 0;
    /** @param {string} type @param {(entry: any) => void} handler */
    const watch = (type, handler) => {
      if (!PerformanceObserver.supportedEntryTypes.includes(type)) return false;
      const observer = new PerformanceObserver((list) => list.getEntries().forEach(handler));
      const given = { type, buffered: true, durationThreshold: 16 };
      observer.observe(given);
      rest.push(() => observer.takeRecords().forEach(handler));
      return true;
    };
    /** @param {string} metric */
    const painted = (metric) => (/** @type {any} */ { name, startTime }) => {
      if (name != "first-paint") values[metric] = round(startTime - activationStart);
    };
    watch("paint", painted("fcp"));
    watch("largest-contentful-paint", painted("lcp"));
    const hasShifts = watch("layout-shift", ({ hadRecentInput, startTime, value }) => {
      if (hadRecentInput) return;
      if (startTime - shiftEnd > 1000 || startTime - shiftStart > 5000) {
        shift = 0;
        shiftStart = startTime;
      }
      shiftEnd = startTime;
      shift += value;
      values.cls = Math.max(values.cls, round(shift, 4));
    });
    if (hasShifts) values.cls = 0;
    watch("event", ({ interactionId, duration }) => {
      if (interactionId) interactions[interactionId] = Math.max(duration, interactions[interactionId] || 0);
    });
    reportVitals = () => {
      reportVitals = undefined;
      rest.forEach((take) => take());
      const slowest = Object.values(interactions).sort((one, other) => other - one);
      // One in fifty may be slower than what is reported.
      values.inp = slowest[Math.floor(slowest.length / 50)];
      track("web_vitals", values, landing);
    };
  };

  /** @type {Record<string, (...given: any[]) => void>} */
  const commands = {
    // @ts-expect-error No event's name may find a method of all objects.
    __proto__: null,
    init: () => {},
    identify: (id, properties) => {
      if (id == (user || box[USER])) return;
      user = "" + id;
      if (box[ID]) box[USER] = user;
      track("identify", properties, { anonymous_id: box[ID] });
    },
    reset: () => {
      user = undefined;
      delete box[USER];
      if (box[ID]) box[ID] = newId();
    },
    consent: (isGiven) => {
      if (isGiven) {
        box[ID] ||= newId();
        if (user) box[USER] = user;
      } else {
        user = undefined;
        delete box[ID];
        delete box[USER];
      }
    },
  };

  /** @param {any[]} call */
  const run = ([name, given, ...rest]) => {
    try {
      if (commands[name]) commands[name](given, ...rest);
      // A copy, since the page may go on to change it.
      else if (name) track("" + name, given && { ...JSON.parse(JSON.stringify(given)) });
    } catch (error) {
      console.warn("footfall:", error);
    }
  };

  /** @param {Options} [given] */
  const start = (given) => {
    if (options) return;
    options = { ...script?.dataset, ...given };
    // A page that is only prepared in case somebody opens it was not seen by anybody yet.
    if (/** @type {any} */ (document).prerendering) on("prerenderingchange", begin);
    else begin();
  };

  const begin = () => {
    /** @type {any} */
    const { globalPrivacyControl, doNotTrack } = navigator;
    isOn = options.respectDnt == "false" || !(globalPrivacyControl || doNotTrack == "1");
    if (!isOn) return commands.consent(false);
    const { key = "", url = new URL(ENDPOINT, script?.src || location.href), sample = 1 } = options;
    endpoint = new URL(url, location.href);
    endpoint.searchParams.set("key", key);
    isSampled = (box[ID] ? parseInt(box[ID].slice(-5), 36) / 36 ** 5 : Math.random()) < +sample;
    referrer = shown(document.referrer);
    place();
    look();
    early.filter(([name]) => commands[name]).forEach(run);
    enter();
    early.filter(([name]) => !commands[name]).forEach(run);
    watchPage();
    watchClicks();
    watchWindow();
    if (wants("errors")) watchErrors();
    if (wants("media")) watchMedia();
    // A page that was loaded out of sight was painted whenever somebody looked at it.
    if (wants("vitals") && !document.hidden) watchVitals();
    if (kept()[0]) drain();
  };

  /** @param {any[]} call */
  const footfall = (...call) => {
    if (isOn) run(call);
    else if (call[0] == "init") start(call[1]);
    else if (isOn == null) early.push(call);
  };
  for (const name in commands)
    /** @type {any} */ (footfall)[name] = (/** @type {any[]} */ ...given) => footfall(name, ...given);
  root.footfall = footfall;
  const init = early.find(([name]) => name == "init");
  if (init || script?.dataset.key) start(init?.[1]);
})();
