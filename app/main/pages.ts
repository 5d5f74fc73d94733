/** What the host's owner says about pages, and hears of them. */

/** Which frames of an origin may have a port. */
export interface AllowOptions {
  /** Frames inside a page too; only a window's main frame where false or absent. */
  subframes?: boolean;
}

/** A page that had a port, or wanted one, and what it did wrong. */
export interface PageFault {
  /** As the page's frame has it; empty where the frame is gone. */
  origin: string;
  reason: string;
}
