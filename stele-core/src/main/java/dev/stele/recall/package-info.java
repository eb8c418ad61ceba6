/**
 * Ranked retrieval from the memory of an agent. Entry point: {@link dev.stele.recall.Retriever#recall}, from a
 * {@link dev.stele.recall.RecallQuery} to a {@link dev.stele.recall.RecallResult}. A query passes these steps:
 *
 * <ol>
 *   <li>Analysis ({@code QueryAnalyzer}, {@code AnalyzedQuery}): terms, phrases, time ranges ({@code TimeExpressions})
 *       and the embedding of the question without names of speakers ({@code SpeakerNames}, {@code QueryEmbeddings}),
 *       which is computed outside any transaction.
 *   <li>Candidates ({@code Candidates}), in one read transaction and its index snapshot:
 *       {@link dev.stele.recall.RecallFilter}, postings ({@code PostingsCache}), BM25 ({@code Bm25Scorer}), nearest
 *       vectors and graph ({@code SpreadingActivation}).
 *   <li>Ranking: features of the candidates ({@code Ranking}), their weighted sum and diversification ({@code Fusion}).
 *   <li>Hits: texts, folding of items that say the same ({@code Folding}) and token budget ({@code HitReader}), as
 *       {@link dev.stele.recall.Hit}s, ordered by a service if one is set up ({@code Reranking}).
 * </ol>
 */
@NullMarked
package dev.stele.recall;

import org.jspecify.annotations.NullMarked;
