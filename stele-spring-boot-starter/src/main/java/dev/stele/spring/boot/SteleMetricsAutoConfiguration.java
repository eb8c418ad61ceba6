package dev.stele.spring.boot;

import dev.stele.Stele;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Auto-configuration of the metrics of the memory, in applications with Micrometer. */
@AutoConfiguration(after = SteleAutoConfiguration.class)
@ConditionalOnClass(MeterBinder.class)
public class SteleMetricsAutoConfiguration {

    /** Returns the meters: agents whose stores are open, and how often a store was opened. */
    @Bean
    @ConditionalOnBean(Stele.class)
    @ConditionalOnMissingBean(name = "steleMetrics")
    public MeterBinder steleMetrics(Stele stele) {
        return registry -> {
            Gauge.builder("stele.agents.open", stele, Stele::openAgents)
                    .description("Agents whose stores are open")
                    .register(registry);
            FunctionCounter.builder("stele.agents.opens", stele, Stele::openCount)
                    .description("Times that the store of an agent was opened")
                    .register(registry);
        };
    }
}
