/** What a rival that reads the products of a shop is given. */
export interface ProductTask {
  databaseUrl: string;
  apiUrl: string;
  retailer: string;
  accessToken: string;
  /** Reads what was changed at this time or later; without it everything is read. */
  since?: string;
  /** Where the rows belong, for a rival that fills our own tables. */
  companyId: string;
  connectionId: string;
}

export interface Product {
  id: number;
  code: string;
  name: string;
  description: string | null;
  categoryId: number | null;
  basePrice: number;
  isActive: boolean;
  unit: string | null;
  createdDate: string;
  modifiedDate?: string;
  images: { Image: string }[];
  attributes: { attributeName: string; attributeValue: string }[];
  [field: string]: unknown;
}

interface Listing {
  total: number;
  data: Product[];
  timestamp: string;
}

const pageSize = 100;

/** Page by page in the order of ids, a hundred at a time: KiotViet gives no more. */
export async function* pagesOf(task: ProductTask): AsyncGenerator<Listing> {
  for (let at = 0; ; at += pageSize) {
    const page = await fetchPage(task, at);
    yield page;
    if (at + page.data.length >= page.total || page.data.length === 0) return;
  }
}

async function fetchPage(
  { apiUrl, accessToken, retailer, since }: ProductTask,
  at: number,
): Promise<Listing> {
  const url = new URL(`${apiUrl}/products`);
  url.search = new URLSearchParams({
    includeInventory: "false",
    orderBy: "id",
    orderDirection: "Asc",
    pageSize: String(pageSize),
    currentItem: String(at),
    ...(since !== undefined && { lastModifiedFrom: since }),
  }).toString();
  const headers = { authorization: `Bearer ${accessToken}`, retailer };
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(30_000) });
  if (!answer.ok) throw new Error(`products: ${answer.status}`);
  return (await answer.json()) as Listing;
}

/** The time of the provider's first answer: what is changed from then on is news. */
export const stampOf = ({ timestamp }: Listing): string => timestamp.slice(0, 19);
