/**
 * The types of the console, for editors and for tsc (tests/web): no browser asks for this file. What begins with
 * Api is made of the API's own document.
 */

type OneChild = Node | string | number | null | undefined | false;
type Child = OneChild | Child[];
/** `on`: listeners; `style`: properties, set through the style object because the page's policy lets no style
 * attribute in; `data`: data attributes. */
type Attrs = Record<string, any>;
type View = import("../../service/web/view.js").View;

/** An agent, or several by weight. */
type Speaker = string | ApiShare[] | null;

/** Minutes of the day: from, to. */
type Span = number[];
/** Seven days of spans, Monday first. */
type Week = Span[][];
/** As the API has them. */
type Hours = Record<string, { start: string; end: string; overnight?: boolean }[]>;

/** What GET answers, by the path. */
interface ApiGet {
  (path: "/api/status", signal?: AbortSignal): Promise<ApiServiceStatus>;
  (path: "/api/account", signal?: AbortSignal): Promise<ApiAccountOut>;
  (path: `/api/campaigns?${string}`, signal?: AbortSignal): Promise<ApiPageCampaignOut>;
  (path: "/api/usage", signal?: AbortSignal): Promise<ApiUsageOut>;
  (path: `/api/campaigns/${string}/overview?${string}`, signal?: AbortSignal): Promise<ApiCampaignOverview>;
  (path: `/api/campaigns/${string}/agents`, signal?: AbortSignal): Promise<ApiAgentResults>;
  (path: `/api/campaigns/${string}/hours`, signal?: AbortSignal): Promise<ApiHoursOfDay>;
  (path: `/api/campaigns/${string}/forecast`, signal?: AbortSignal): Promise<ApiForecastOut>;
  (path: `/api/campaigns/${string}/imports?${string}`, signal?: AbortSignal): Promise<ApiPageImportOut>;
  (path: `/api/campaigns/${string}`, signal?: AbortSignal): Promise<ApiCampaignWithProgress>;
  (path: `/api/calls?${string}`, signal?: AbortSignal): Promise<ApiPageCallOut>;
  (path: `/api/calls/${string}/why`, signal?: AbortSignal): Promise<ApiWhyNotNow>;
  (path: `/api/calls/${string}`, signal?: AbortSignal): Promise<ApiCallOut>;
  (path: `/api/do-not-call?${string}`, signal?: AbortSignal): Promise<ApiPageBarredNumber>;
  (path: `/api/keys?${string}`, signal?: AbortSignal): Promise<ApiPageKeyOut>;
  (path: `/api/agents?${string}`, signal?: AbortSignal): Promise<ApiPageAgentOut>;
  (path: `/api/receipts?${string}`, signal?: AbortSignal): Promise<ApiPagePassReceiptOut>;
  (path: `/api/imports/${string}`, signal?: AbortSignal): Promise<ApiImportOut>;
  (path: `/api/audit?${string}`, signal?: AbortSignal): Promise<ApiPageAuditOut>;
  (path: string, signal?: AbortSignal): Promise<any>;
}

/** What the fields of an acting form do. */
interface ActingForm {
  fields: Child[];
  label: string; // of its button
  act: (values: Record<string, any>, form: HTMLFormElement) => Promise<any>;
  inputOf?: (path: string) => string; // the input's name, of a field as the API names it
  beside?: Child; // the button
  tag?: string;
  on?: Attrs; // more listeners
}

/** A file that is on its way into a campaign. */
interface ImportJob {
  id: string; // the campaign's
  file: ContactFile;
  work: HTMLElement; // where it is shown
  roles: Roles; // as the user has chosen
  signal: AbortSignal; // the page is left
  another: Node; // the way back to the choice of a file
}

interface Upload {
  campaignId: string;
  file: ContactFile;
  roles: Roles;
  begun: Begun | null;
  signal: AbortSignal; // pauses it
  progress: (found: ApiImportOut) => void;
}

/** A list that the API gives page by page. */
interface ApiList {
  caption: string;
  columns: Column[];
  path: () => string; // with a query
  nothing?: () => Child; // in its stead while it is empty
  signal: AbortSignal;
  ask?: Ask; // in `get`'s stead
}
type Ask = (path: string, signal?: AbortSignal) => Promise<any>;

/** Before something that is not easily undone. */
interface Question {
  title: string;
  text: string;
  yes: string; // the button that does it
  danger?: boolean;
}

interface Column {
  head: Child;
  cell: (item: any) => Child;
  wide?: boolean; // left out on narrow screens
  right?: boolean; // for numbers
}

interface Part {
  number: number; // from 1
  blob: Blob; // with a header row of its own
  rows: number; // 0: not known here
  lineShift: number; // to add to a line of the part, for its line in the file
}

interface ContactFile {
  name: string;
  size: number; // in bytes
  head: Blob; // what is looked at before it is sent
  rows: number | null; // null: not known here
  isHeadAll: boolean;
  parts: Part[];
}

/** A row as it stands in the file. */
interface FileRow {
  text: string;
  line: number; // where it begins, from 1
}

/** What is remembered of an import that is not over, to go on with it another day. */
interface Begun {
  id: string;
  name: string;
  size: number;
  roles: Roles;
}

/** What columns are, by their names. */
type Roles = Record<string, string>;
