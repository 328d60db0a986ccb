// @ts-check
/**
 * Shapes that the modules share; no code.
 *
 * @typedef {{field: string, operator: string, value?: unknown}} Condition
 * @typedef {Condition | {and: Filter[]} | {or: Filter[]} | {not: Filter}} Filter
 * @typedef {string | {start: string, end: string}} TimeRange
 *
 * @typedef {object} Query
 * @property {string} source
 * @property {string[]} metrics
 * @property {string[]} [dimensions]
 * @property {Filter | null} [filter]
 * @property {TimeRange} time_range
 * @property {string | null} [granularity]
 * @property {string | null} [compare]
 * @property {string | null} [order]
 * @property {number | null} [limit]
 *
 * @typedef {string | number | boolean | null | undefined} Cell
 * @typedef {Record<string, Cell>} Row
 * @typedef {{start: string, end: string, is_partial: boolean}} Bucket
 *
 * @typedef {object} Result
 * @property {Row[]} rows
 * @property {Record<string, number | null>} totals
 * @property {{start: string, end: string, timezone: string}} time_range
 * @property {Bucket[]} buckets
 * @property {Result | null} comparison
 * @property {number} milliseconds
 * @property {number} n_rows_read
 * @property {boolean} is_estimate
 * @property {string[]} [notes]
 * @property {string} sql
 * @property {{name: string, type: string}[]} columns
 *
 * @typedef {object} Source
 * @property {string} name
 * @property {string} timezone
 * @property {number} n_events
 * @property {string | null} first
 * @property {string | null} last
 * @property {Record<string, string>} properties
 * @property {{name: string, type: string, doc: string, sql: string}[]} columns
 *
 * @typedef {Record<string, unknown> & {event_id: string, timestamp: string, name: string}} Event
 *
 * @typedef {object} Entry  What became of the events received in one hour by one protocol.
 * @property {string} source
 * @property {string} hour
 * @property {string} protocol
 * @property {number} received
 * @property {number} stored
 * @property {number} duplicates
 * @property {number} rejected
 * @property {number} mismatched
 *
 * @typedef {object} Reject
 * @property {number} id
 * @property {string} source
 * @property {string} origin
 * @property {number} line
 * @property {string} code
 * @property {string} reason
 * @property {string} raw
 * @property {boolean} is_cut
 * @property {string} protocol
 * @property {string} received_at
 *
 * @typedef {object} State  What the URL says.
 * @property {string} source
 * @property {string} period
 * @property {string} from  First day of a custom period, else empty.
 * @property {string} to  Last day of a custom period, else empty.
 * @property {string} compare  Kind of comparison, or empty for none.
 * @property {string} granularity  Chosen bucket, or empty for the period's own.
 * @property {string} metric
 * @property {Condition[]} filters
 * @property {boolean} bots  Whether bots are counted as well.
 * @property {string} view  "chart" or "table".
 * @property {Record<string, string>} tabs  Chosen list of each card.
 * @property {string} all  Dimension whose whole list is open, or empty.
 */
export {};
